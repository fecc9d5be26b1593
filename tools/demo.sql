-- demo.sql - what tools/demo asks. SPDX-License-Identifier: Apache-2.0
-- Who built them?
SELECT manufacturer, COUNT(*) AS planes, SUM(seats) AS seats FROM planes
GROUP BY manufacturer ORDER BY planes DESC, manufacturer LIMIT 6;
-- Which are the oldest?
SELECT tailnum, year, manufacturer, model FROM planes
WHERE year IS NOT NULL ORDER BY year, tailnum LIMIT 4;
-- Of how many is the year unknown?
SELECT COUNT(*) AS planes, SUM(year IS NULL) AS unknown FROM planes;
-- full: Which have the most seats?
SELECT tailnum, manufacturer, model, seats FROM planes
ORDER BY seats DESC, tailnum LIMIT 4;
-- full: When were they built?
SELECT year DIV 10 * 10 AS decade, COUNT(*) AS planes,
ROUND(AVG(seats), 1) AS seats
FROM planes WHERE year IS NOT NULL GROUP BY decade ORDER BY decade;
-- full: What is N14228?
SELECT tailnum, year, manufacturer, model, seats FROM planes
WHERE tailnum = 'N14228';
-- A write goes to the primary
UPDATE planes SET seats = seats + 1 WHERE tailnum = 'N14228';
