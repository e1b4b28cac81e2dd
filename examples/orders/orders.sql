-- sqlite3 orders.db < orders.sql makes the table that the flow asks.
CREATE TABLE orders (number TEXT PRIMARY KEY, status TEXT NOT NULL, arrives TEXT, total TEXT);
INSERT INTO orders VALUES ('4711', 'sent', '2026-11-25', '42.50 EUR');
INSERT INTO orders VALUES ('4712', 'packed', NULL, '19.90 EUR');
INSERT INTO orders VALUES ('4713', 'cancelled', NULL, '7.00 EUR');
