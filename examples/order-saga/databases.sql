-- A database for each service; they make their own tables.
CREATE DATABASE orders;
CREATE DATABASE payments;
CREATE DATABASE inventory;
