/** The server's time in epoch milliseconds, as SQL: the same whatever its time zone, and throughout one statement. */
export const NOW = `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000`
