-- The statements of the five transactions of TPC Benchmark C (Transaction Processing Performance Council), as in the sample programs of
-- the specification's appendix, with ? for the host variables and cursors written as their queries.
-- New-Order
START TRANSACTION;
SELECT c_discount, c_last, c_credit, w_tax FROM customer, warehouse WHERE w_id = ? AND c_w_id = w_id AND c_d_id = ? AND c_id = ?;
SELECT d_next_o_id, d_tax FROM district WHERE d_id = ? AND d_w_id = ? FOR UPDATE;
UPDATE district SET d_next_o_id = ? + 1 WHERE d_id = ? AND d_w_id = ?;
INSERT INTO orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local) VALUES (?, ?, ?, ?, ?, ?, ?);
INSERT INTO new_order (no_o_id, no_d_id, no_w_id) VALUES (?, ?, ?);
SELECT i_price, i_name, i_data FROM item WHERE i_id = ?;
SELECT s_quantity, s_data, s_dist_01, s_dist_02, s_dist_03, s_dist_04, s_dist_05, s_dist_06, s_dist_07, s_dist_08, s_dist_09, s_dist_10
FROM stock WHERE s_i_id = ? AND s_w_id = ? FOR UPDATE;
UPDATE stock SET s_quantity = ? WHERE s_i_id = ? AND s_w_id = ?;
INSERT INTO order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_dist_info)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);
COMMIT;
-- Payment
UPDATE warehouse SET w_ytd = w_ytd + ? WHERE w_id = ?;
SELECT w_street_1, w_street_2, w_city, w_state, w_zip, w_name FROM warehouse WHERE w_id = ?;
UPDATE district SET d_ytd = d_ytd + ? WHERE d_w_id = ? AND d_id = ?;
SELECT d_street_1, d_street_2, d_city, d_state, d_zip, d_name FROM district WHERE d_w_id = ? AND d_id = ?;
SELECT COUNT(c_id) FROM customer WHERE c_last = ? AND c_d_id = ? AND c_w_id = ?;
SELECT c_first, c_middle, c_id, c_street_1, c_street_2, c_city, c_state, c_zip, c_phone, c_credit, c_credit_lim, c_discount, c_balance,
       c_since
FROM customer WHERE c_w_id = ? AND c_d_id = ? AND c_last = ? ORDER BY c_first;
SELECT c_first, c_middle, c_last, c_street_1, c_street_2, c_city, c_state, c_zip, c_phone, c_credit, c_credit_lim, c_discount, c_balance,
       c_since
FROM customer WHERE c_w_id = ? AND c_d_id = ? AND c_id = ? FOR UPDATE;
SELECT c_data FROM customer WHERE c_w_id = ? AND c_d_id = ? AND c_id = ?;
UPDATE customer SET c_balance = ?, c_data = ? WHERE c_w_id = ? AND c_d_id = ? AND c_id = ?;
UPDATE customer SET c_balance = ? WHERE c_w_id = ? AND c_d_id = ? AND c_id = ?;
INSERT INTO history (h_c_d_id, h_c_w_id, h_c_id, h_d_id, h_w_id, h_date, h_amount, h_data) VALUES (?, ?, ?, ?, ?, ?, ?, ?);
-- Order-Status
SELECT c_balance, c_first, c_middle, c_id FROM customer WHERE c_last = ? AND c_d_id = ? AND c_w_id = ? ORDER BY c_first;
SELECT c_balance, c_first, c_middle, c_last FROM customer WHERE c_id = ? AND c_d_id = ? AND c_w_id = ?;
SELECT o_id, o_carrier_id, o_entry_d FROM orders
WHERE o_w_id = ? AND o_d_id = ? AND o_c_id = ?
  AND o_id = (SELECT MAX(o_id) FROM orders WHERE o_w_id = ? AND o_d_id = ? AND o_c_id = ?);
SELECT ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d FROM order_line WHERE ol_o_id = ? AND ol_d_id = ? AND ol_w_id = ?;
-- Delivery
SELECT no_o_id FROM new_order WHERE no_d_id = ? AND no_w_id = ? ORDER BY no_o_id ASC LIMIT 1 FOR UPDATE;
DELETE FROM new_order WHERE no_o_id = ? AND no_d_id = ? AND no_w_id = ?;
SELECT o_c_id FROM orders WHERE o_id = ? AND o_d_id = ? AND o_w_id = ?;
UPDATE orders SET o_carrier_id = ? WHERE o_id = ? AND o_d_id = ? AND o_w_id = ?;
UPDATE order_line SET ol_delivery_d = ? WHERE ol_o_id = ? AND ol_d_id = ? AND ol_w_id = ?;
SELECT SUM(ol_amount) FROM order_line WHERE ol_o_id = ? AND ol_d_id = ? AND ol_w_id = ?;
UPDATE customer SET c_balance = c_balance + ? WHERE c_id = ? AND c_d_id = ? AND c_w_id = ?;
-- Stock-Level
SELECT d_next_o_id FROM district WHERE d_w_id = ? AND d_id = ?;
SELECT COUNT(DISTINCT s_i_id) FROM order_line, stock
WHERE ol_w_id = ? AND ol_d_id = ? AND ol_o_id < ? AND ol_o_id >= ? - 20 AND s_w_id = ? AND s_i_id = ol_i_id AND s_quantity < ?;
