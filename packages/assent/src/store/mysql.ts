/** Transactions in MySQL or MariaDB, for any number of processes. Needs the driver: `npm install mariadb`. */
export { type MysqlOptions, mysql } from '@assent/store/mysql'
