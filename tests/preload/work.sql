CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, size INTEGER, data BLOB);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
INSERT INTO item SELECT i, 'name' || (i * 7919 % 40009), i % 997, zeroblob(i % 211) FROM n;
COMMIT;
CREATE INDEX by_name ON item (name);
CREATE INDEX by_size ON item (size, name);
SELECT size, count(*), group_concat(name) FROM item WHERE size < 40 GROUP BY size ORDER BY 2 DESC, 1;
SELECT a.name, b.name FROM item a JOIN item b ON a.size = b.id WHERE a.id < 3000 ORDER BY 1, 2 LIMIT 50;
UPDATE item SET data = upper(name) || size WHERE id % 3 = 0;
DELETE FROM item WHERE id % 5 = 0;
VACUUM;
PRAGMA integrity_check;
SELECT count(*), sum(length(data)), max(name) FROM item;
