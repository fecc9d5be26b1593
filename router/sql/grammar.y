/* grammar.y - the tokens and the grammar of MySQL's and MariaDB's statements. SPDX-License-Identifier: Apache-2.0
 * It takes both servers' statements and a little more: what it takes wrongly, the server refuses. parse.c includes what lemon makes
 * of it, hands it the tokens and settles what one token of lookahead cannot; the functions in the actions are in build.h. No action
 * fails: the arena and the parser remember the first failure. */
%name weir__grammar
%token_prefix WEIR__TK_
%token_type {weir__token}
%default_type {weir__node *}
%extra_argument {weir__builder *b}
%stack_size 800
%stack_overflow { weir__builder_too_deep(b); }
%syntax_error { weir__builder_unexpected(b, yymajor, yyminor); }

/* What is no text of SQL. */
%token ILLEGAL UNCLOSED_STRING UNCLOSED_NAME UNCLOSED_COMMENT.
/* Names and values. STRING: '..' or ".."; HEX: x'..' or 0x..; INTRODUCER: _utf8mb4 before a string. */
%token IDENT QUOTED USERVAR SYSVAR PARAM INTEGER_NUMBER DECIMAL_NUMBER FLOAT_NUMBER STRING NSTRING HEX BITS INTRODUCER HINT.
/* Operators and punctuation. NOT2: ! and NOT under HIGH_NOT_PRECEDENCE; PIPES: || as OR, CONCAT: || as PIPES_AS_CONCAT. */
%token LP RP LBRACE RBRACE COMMA SEMI DOT COLON ASSIGN EQ NULLSAFE NE LT LE GT GE SHL SHR PLUS MINUS STAR SLASH PERCENT
    CARET TILDE AMP BAR ANDAND PIPES CONCAT NOT2 ARROW ARROW2.
/* What parse.c makes of two tokens: NOT before IN, LIKE, ..; FOR SYSTEM_TIME; FOR PORTION; ON DUPLICATE; DATE, TIME or TIMESTAMP
 * before a string. */
%token PNOT FOR_SYSTEM_TIME FOR_PORTION ON_DUPLICATE TEMPORAL.
/* Words: first those that are reserved, then those that are names wherever the grammar has no other use for them. */
%token
    ACCESSIBLE ADD ALL ALTER ANALYZE AND AS ASC ASENSITIVE BEFORE BETWEEN BIGINT BINARY BLOB BOTH BY CALL
    CASCADE CASE CHANGE CHAR CHARACTER CHECK COLLATE COLUMN CONDITION CONSTRAINT CONTINUE CONVERT CREATE
    CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATABASE DATABASES DAY_HOUR
    DAY_MICROSECOND DAY_MINUTE DAY_SECOND DECIMAL DECLARE DEFAULT DELAYED DELETE DESC DESCRIBE DETERMINISTIC
    DISTINCT DISTINCTROW DIV DOUBLE DROP EACH ELSE ELSEIF ENCLOSED ESCAPED EXCEPT EXISTS EXIT EXPLAIN FALSE
    FETCH FLOAT FOR FORCE FOREIGN FROM FULLTEXT GRANT GROUP HAVING HIGH_PRIORITY HOUR_MICROSECOND HOUR_MINUTE
    HOUR_SECOND IF IGNORE IN INDEX INFILE INNER INOUT INSENSITIVE INSERT INT INTEGER INTERSECT INTERVAL INTO
    IS ITERATE JOIN KEY KEYS KILL LEADING LEAVE LEFT LIKE LIMIT LINEAR LINES LOAD LOCALTIME LOCALTIMESTAMP
    LOCK LONG LONGBLOB LONGTEXT LOOP LOW_PRIORITY MATCH MAXVALUE MEDIUMBLOB MEDIUMINT MEDIUMTEXT
    MINUTE_MICROSECOND MINUTE_SECOND MOD MODIFIES NATURAL NOT NO_WRITE_TO_BINLOG NULL NUMERIC ON OPTIMIZE
    OPTION OPTIONALLY OR ORDER OUT OUTER OUTFILE OVER PARTITION PRECISION PRIMARY PROCEDURE PURGE RANGE READ
    READS READ_WRITE REAL RECURSIVE REFERENCES REGEXP RELEASE RENAME REPEAT REPLACE REQUIRE RESIGNAL RESTRICT
    RETURN REVOKE RIGHT RLIKE ROWS SCHEMA SCHEMAS SECOND_MICROSECOND SELECT SENSITIVE SEPARATOR SET SHOW
    SIGNAL SMALLINT SPATIAL SPECIFIC SQL SQLEXCEPTION SQLSTATE SQLWARNING SQL_BIG_RESULT SQL_CALC_FOUND_ROWS
    SQL_SMALL_RESULT SSL STARTING STRAIGHT_JOIN TABLE TERMINATED THEN TINYBLOB TINYINT TINYTEXT TO TRAILING
    TRIGGER TRUE UNDO UNION UNIQUE UNLOCK UNSIGNED UPDATE USAGE USE USING UTC_DATE UTC_TIME UTC_TIMESTAMP
    VALUES VARBINARY VARCHAR VARYING WHEN WHERE WHILE WITH WRITE XOR YEAR_MONTH ZEROFILL.
%token
    AGAINST AGGREGATE ANY ARRAY AT BACKUP BEGIN BINLOG BODY BOOLEAN CACHE CAST CHAIN CHARSET CHECKSUM CLONE
    CLOSE COLUMNS COMMIT COMMITTED CONCURRENT CONSISTENT COUNT CUBE CURRENT CYCLE DATA DATE DATETIME DAY
    DEALLOCATE DEFINER DIAGNOSTICS DO DUAL DUMPFILE DUPLICATE EMPTY END ERROR ERRORS ESCAPE EVENT EXAMINED EXCLUDE
    EXECUTE EXPANSION EXTENDED EXTRACT FIRST FLUSH FOLLOWING FORMAT FULL FUNCTION GET GLOBAL GROUPS HANDLER
    HELP HISTORY HOUR IMMEDIATE IMPORT INSTALL ISOLATION JSON JSON_TABLE LANGUAGE LAST LATERAL LEVEL LOCAL
    LOCKED MEMBER MICROSECOND MIGRATE MINUTE MODE MONTH NAMES NESTED NEXT NO NOWAIT NULLS OF OFFSET OJ ONLINE
    ONLY OPEN ORDINALITY OTHERS PACKAGE PARTITIONS PASSWORD PATH PERSIST PERSIST_ONLY PORTION POSITION
    PRECEDING PREPARE PREVIOUS QUARTER QUERY QUICK RECOVER REPAIR REPEATABLE RESET RESPECT RESTART RETURNING
    ROLE ROLLBACK ROLLUP ROW SAVEPOINT SECOND SERIALIZABLE SESSION SHARE SHUTDOWN SIGNED SKIP SNAPSHOT SOME
    SOUNDS SQL_BUFFER_RESULT SQL_CACHE SQL_NO_CACHE START STATEMENT STOP SUBSTRING SYSTEM_TIME TABLES
    TEMPORARY TIES TIME TIMESTAMP TRANSACTION TRIM TRUNCATE UNBOUNDED UNCOMMITTED UNINSTALL UNKNOWN VALUE
    VIEW WAIT WARNINGS WEEK WINDOW WITHIN WITHOUT WORK XA XML YEAR ZONE.
/* Names wherever they are not expected as words. WINDOW, OFFSET, RETURNING and EXPLAIN's FORMAT, EXTENDED, PARTITIONS stand where
 * a name could stand too: parse.c tells which they are. */
%fallback IDENT
    AGAINST AGGREGATE ANY ARRAY AT BACKUP BEGIN BINLOG BODY BOOLEAN CACHE CAST CHAIN CHARSET CHECKSUM CLONE CLOSE
    COLUMNS COMMIT COMMITTED CONCURRENT CONSISTENT COUNT CUBE CURRENT CYCLE DATA DATE DATETIME DAY DEALLOCATE DEFINER
    DIAGNOSTICS DO DUAL DUMPFILE DUPLICATE EMPTY END ERROR ERRORS ESCAPE EVENT EXAMINED EXCLUDE EXECUTE EXPANSION
    EXTRACT FIRST FLUSH FOLLOWING FULL FUNCTION GET GLOBAL GROUPS HANDLER HELP HISTORY HOUR IMMEDIATE IMPORT INSTALL
    ISOLATION JSON JSON_TABLE LANGUAGE LAST LATERAL LEVEL LOCAL LOCKED MEMBER MICROSECOND MIGRATE MINUTE MODE MONTH
    NAMES NESTED NEXT NO NOWAIT NULLS OF OJ ONLINE ONLY OPEN ORDINALITY OTHERS PACKAGE PASSWORD PATH PERSIST
    PERSIST_ONLY PORTION POSITION PRECEDING PREPARE PREVIOUS QUARTER QUERY QUICK RECOVER REPAIR REPEATABLE RESET
    RESPECT RESTART ROLE ROLLBACK ROLLUP ROW SAVEPOINT SECOND SERIALIZABLE SESSION SHARE SHUTDOWN SIGNED SKIP SNAPSHOT
    SOME SOUNDS SQL_BUFFER_RESULT SQL_CACHE SQL_NO_CACHE START STATEMENT STOP SUBSTRING SYSTEM_TIME TABLES TEMPORARY
    TIES TIME TIMESTAMP TRANSACTION TRIM TRUNCATE UNBOUNDED UNCOMMITTED UNINSTALL UNKNOWN VALUE VIEW WAIT WARNINGS
    WEEK WITHIN WITHOUT WORK XA XML YEAR ZONE.


/* Rules marked LOWEST give way to these tokens: shifting is right wherever both could be done. */
%left LOWEST.
%nonassoc AS IGNORE INTO OFFSET FETCH.
%right ASSIGN.
%left OR PIPES.
%left XOR.
%left AND ANDAND.
%right NOT.
%left EQ NULLSAFE NE LT LE GT GE IS.
%left PNOT BETWEEN LIKE REGEXP RLIKE IN SOUNDS MEMBER.
%left ESCAPE.
%left BAR.
%left AMP.
%left SHL SHR.
%left PLUS MINUS.
%left STAR SLASH DIV PERCENT MOD.
%left CARET.
%left CONCAT.
%right UNARY TILDE.
%right NOT2.
%right BINARY COLLATE.
%left ARROW ARROW2.
%nonassoc HIGHEST.
%left UNION EXCEPT.
%left INTERSECT.
%nonassoc CONDITIONLESS.
%left JOIN INNER CROSS STRAIGHT_JOIN NATURAL LEFT RIGHT ON USING.
%left RP.

start ::= statement(S) semicolons_opt. { b->root = S; }
semicolons_opt ::= .
semicolons_opt ::= semicolons_opt SEMI.


/* ======== statements ======== */

statement(A) ::= query(A).
statement(A) ::= insert(A).
statement(A) ::= update(A).
statement(A) ::= delete(A).
statement(A) ::= USE(T) name(N).                    { A = named(leaf(b, NODE(USE), 0, T), N); }
statement(A) ::= DO(T) exprs(L).                    { A = adopt(b, leaf(b, NODE(DO), 0, T), L); }
statement(A) ::= CALL(T) table_name(N).             { A = call_of(b, T, N, NULL); }
statement(A) ::= CALL(T) table_name(N) LP exprs_opt(L) RP(E). { A = until(call_of(b, T, N, L), E); }

/* ---- transactions ---- */

statement(A) ::= BEGIN(T) work_opt.                 { A = leaf(b, NODE(BEGIN), 0, T); }
statement(A) ::= START(T) TRANSACTION.              { A = leaf(b, NODE(BEGIN), 0, T); }
statement(A) ::= START(T) TRANSACTION begin_options(F). { A = flag(leaf(b, NODE(BEGIN), 0, T), F); }
statement(A) ::= COMMIT(T) work_opt chain_opt(F).   { A = flag(leaf(b, NODE(COMMIT), 0, T), F); }
statement(A) ::= ROLLBACK(T) work_opt chain_opt(F). { A = flag(leaf(b, NODE(ROLLBACK), 0, T), F); }
statement(A) ::= ROLLBACK(T) work_opt TO name(N).   { A = named(leaf(b, NODE(ROLLBACK_TO), 0, T), N); }
statement(A) ::= ROLLBACK(T) work_opt TO SAVEPOINT name(N). { A = named(leaf(b, NODE(ROLLBACK_TO), 0, T), N); }
statement(A) ::= SAVEPOINT(T) name(N).              { A = named(leaf(b, NODE(SAVEPOINT), 0, T), N); }
statement(A) ::= RELEASE(T) SAVEPOINT name(N).      { A = named(leaf(b, NODE(RELEASE), 0, T), N); }
work_opt ::= .
work_opt ::= WORK.
%type begin_options {int}
%type begin_option {int}
begin_options(A) ::= begin_option(A).
begin_options(A) ::= begin_options(L) COMMA begin_option(R). { A = L | R; }
begin_option(A) ::= WITH CONSISTENT SNAPSHOT.       { A = 0; }
begin_option(A) ::= READ WRITE.                     { A = 0; }
begin_option(A) ::= READ ONLY.                      { A = WEIR__FLAG_READ_ONLY; }
%type chain_opt {int}
%type release_opt {int}
chain_opt(A) ::= release_opt(A).
chain_opt(A) ::= AND CHAIN release_opt(R).          { A = WEIR__FLAG_CHAIN | R; }
chain_opt(A) ::= AND NO CHAIN release_opt(R).       { A = R; }
release_opt(A) ::= .                                { A = 0; }
release_opt(A) ::= RELEASE.                         { A = WEIR__FLAG_RELEASE; }
release_opt(A) ::= NO RELEASE.                      { A = 0; }

/* ---- SET ---- */

statement(A) ::= SET(T) settings(L).                { A = adopt(b, leaf(b, NODE(SET_STATEMENT), 0, T), L); }
statement(A) ::= SET(T) set_transaction(X).         { A = add(b, leaf(b, NODE(SET_STATEMENT), 0, T), X); }
settings(A) ::= setting(X).                         { A = list(b, X); }
settings(A) ::= settings(L) COMMA setting(X).       { A = add(b, L, X); }
setting(A) ::= NAMES(T) charset(N).                 { A = add(b, leaf(b, NODE(SET_NAMES), T.id, T), N); }
setting(A) ::= NAMES(T) charset(N) COLLATE charset(C). { A = add(b, add(b, leaf(b, NODE(SET_NAMES), T.id, T), N), C); }
setting(A) ::= CHARACTER(T) SET charset(N).         { A = add(b, leaf(b, NODE(SET_NAMES), T.id, T), N); }
setting(A) ::= CHARSET(T) charset(N).               { A = add(b, leaf(b, NODE(SET_NAMES), TK(CHARACTER), T), N); }
setting(A) ::= USERVAR(V) set_sign expr(E).         { A = pair(b, NODE(ASSIGN), 0, leaf(b, NODE(USERVAR), 0, V), E); }
setting(A) ::= SYSVAR(V) set_sign set_value(E).     { A = pair(b, NODE(ASSIGN), 0, leaf(b, NODE(SYSVAR), 0, V), E); }
setting(A) ::= set_variable(V) set_sign set_value(E). { A = pair(b, NODE(ASSIGN), 0, V, E); }
setting(A) ::= set_scope(T) set_variable(V) set_sign set_value(E). { A = pair(b, NODE(ASSIGN), 0, scoped(V, T), E); }
set_variable(A) ::= name(N).                        { A = named(leaf(b, NODE(VARIABLE), 0, N), N); }
set_variable(A) ::= name(Q) DOT name(N).            { A = named(until(add(b, leaf(b, NODE(VARIABLE), 0, Q), name_node(b, Q)), N), N); }
%type set_scope {weir__token}
set_scope(A) ::= GLOBAL(A).
set_scope(A) ::= SESSION(A).
set_scope(A) ::= LOCAL(A).
set_scope(A) ::= PERSIST(A).
set_scope(A) ::= PERSIST_ONLY(A).
set_sign ::= EQ.
set_sign ::= ASSIGN.
set_value(A) ::= expr(A).
set_value(A) ::= ON(T).                             { A = column1(b, T); }
set_value(A) ::= ALL(T).                            { A = column1(b, T); }
set_value(A) ::= BINARY(T).                         { A = column1(b, T); }
charset(A) ::= name(N).                             { A = name_node(b, N); }
charset(A) ::= BINARY(N).                           { A = name_node(b, N); }
charset(A) ::= DEFAULT(N).                          { A = leaf(b, NODE(DEFAULT), 0, N); }
charset(A) ::= STRING(N).                           { A = leaf(b, NODE(LITERAL), N.id, N); }
set_transaction(A) ::= TRANSACTION(T) characteristics. { A = leaf(b, NODE(SET_TRANSACTION), 0, T); }
set_transaction(A) ::= set_scope(S) TRANSACTION(T) characteristics. { A = until(leaf(b, NODE(SET_TRANSACTION), scope_of(S), S), T); }
characteristics ::= characteristic.
characteristics ::= characteristics COMMA characteristic.
characteristic ::= READ WRITE.
characteristic ::= READ ONLY.
characteristic ::= ISOLATION LEVEL REPEATABLE READ.
characteristic ::= ISOLATION LEVEL READ COMMITTED.
characteristic ::= ISOLATION LEVEL READ UNCOMMITTED.
characteristic ::= ISOLATION LEVEL SERIALIZABLE.

/* ---- EXPLAIN ---- */

statement(A) ::= explain(T) explain_options explainable(S). { A = add(b, leaf(b, NODE(EXPLAIN), TK(EXPLAIN), T), S); }
statement(A) ::= ANALYZE(T) explain_options explainable(S). { A = add(b, leaf(b, NODE(EXPLAIN), TK(ANALYZE), T), S); }
statement(A) ::= explain(T) ANALYZE(Y) explain_options explainable(S). { A = add(b, leaf(b, NODE(EXPLAIN), Y.id, T), S); }
statement(A) ::= explain(T) table_name(N).          { A = add(b, leaf(b, NODE(EXPLAIN), TK(EXPLAIN), T), N); }
statement(A) ::= explain(T) table_name(N) name(C).  { A = until(add(b, leaf(b, NODE(EXPLAIN), TK(EXPLAIN), T), N), C); }
statement(A) ::= explain(T) table_name(N) STRING(C). { A = until(add(b, leaf(b, NODE(EXPLAIN), TK(EXPLAIN), T), N), C); }
%type explain {weir__token}
explain(A) ::= EXPLAIN(A).
explain(A) ::= DESCRIBE(A).
explain(A) ::= DESC(A).
explain_options ::= .
explain_options ::= explain_options EXTENDED.
explain_options ::= explain_options PARTITIONS.
explain_options ::= explain_options FORMAT EQ alias_name.
explainable(A) ::= query(A).
explainable(A) ::= insert(A).
explainable(A) ::= update(A).
explainable(A) ::= delete(A).

/* ======== queries ========
 * A query in parentheses and one without are apart, so that "((SELECT 1))" has one meaning; clause is either, as a part of a larger
 * query. Clauses behind a plain SELECT become its own; behind parentheses they make a NESTED. */

query(A) ::= query_open(A).
query(A) ::= query_parens(A).
query_parens(A) ::= LP(L) query_open(Q) RP(R).      { A = parens(Q, L, R); }
query_parens(A) ::= LP(L) query_parens(Q) RP(R).    { A = parens(Q, L, R); }
query_open(A) ::= simple(A).
query_open(A) ::= clause(Q) tail(L).                { A = with_tail(b, NULL, Q, L); }
query_open(A) ::= with(W) clause(Q).                { A = with_tail(b, W, Q, NULL); }
query_open(A) ::= with(W) clause(Q) tail(L).        { A = with_tail(b, W, Q, L); }
clause(A) ::= simple(A).
clause(A) ::= query_parens(A).
simple(A) ::= select(A).
simple(A) ::= VALUES(T) rows(L).                    { A = adopt(b, leaf(b, NODE(VALUES), 0, T), L); }
simple(A) ::= VALUE(T) rows(L).                     { A = adopt(b, leaf(b, NODE(VALUES), 0, T), L); }
simple(A) ::= TABLE(T) table_name(N).               { A = add(b, leaf(b, NODE(TABLE_QUERY), 0, T), N); }
simple(A) ::= clause(L) UNION(O) all_opt(F) clause(R).     { A = set_operation(b, L, O.id, F, R); }
simple(A) ::= clause(L) EXCEPT(O) all_opt(F) clause(R).    { A = set_operation(b, L, O.id, F, R); }
simple(A) ::= clause(L) INTERSECT(O) all_opt(F) clause(R). { A = set_operation(b, L, O.id, F, R); }
%type all_opt {int}
all_opt(A) ::= .                                    { A = 0; }
all_opt(A) ::= ALL.                                 { A = WEIR__FLAG_ALL; }
all_opt(A) ::= DISTINCT.                            { A = 0; }

with(A) ::= WITH(T) ctes(L).                        { A = adopt(b, leaf(b, NODE(WITH), 0, T), L); }
with(A) ::= WITH(T) RECURSIVE ctes(L).              { A = flag(adopt(b, leaf(b, NODE(WITH), 0, T), L), WEIR__FLAG_RECURSIVE); }
ctes(A) ::= cte(X).                                 { A = list(b, X); }
ctes(A) ::= ctes(L) COMMA cte(X).                   { A = add(b, L, X); }
cte(A) ::= name(N) names_parens_opt(C) AS query_parens(Q) cycle_opt(Y). { A = add(b, add(b, add(b, named(leaf(b, NODE(CTE), 0, N), N), C), Q), Y); }
cycle_opt(A) ::= .                                  { A = NULL; }
cycle_opt(A) ::= CYCLE names(L) RESTRICT.           { A = L; }

select(A) ::= SELECT(T) hint_opt(H) select_options(F) items(I) into_opt(N) from_opt(R) where_opt(W) group_opt(G) having_opt(V) windows_opt(O). {
    A = flag(add(b, add(b, leaf(b, NODE(SELECT), 0, T), H), I), F);
    A = add(b, add(b, add(b, A, N), R), W);
    A = add(b, add(b, add(b, A, G), V), O);
}
hint_opt(A) ::= .                                   { A = NULL; }
hint_opt(A) ::= HINT(T).                            { A = leaf(b, NODE(HINT), 0, T); }
%type select_options {int}
%type select_option {int}
select_options(A) ::= .                             { A = 0; }
select_options(A) ::= select_options(L) select_option(R). { A = L | R; }
select_option(A) ::= ALL.                           { A = 0; }
select_option(A) ::= DISTINCT.                      { A = WEIR__FLAG_DISTINCT; }
select_option(A) ::= DISTINCTROW.                   { A = WEIR__FLAG_DISTINCT; }
select_option(A) ::= HIGH_PRIORITY.                 { A = 0; }
select_option(A) ::= STRAIGHT_JOIN.                 { A = WEIR__FLAG_STRAIGHT; }
select_option(A) ::= SQL_SMALL_RESULT.              { A = 0; }
select_option(A) ::= SQL_BIG_RESULT.                { A = 0; }
select_option(A) ::= SQL_BUFFER_RESULT.             { A = 0; }
select_option(A) ::= SQL_CACHE.                     { A = 0; }
select_option(A) ::= SQL_NO_CACHE.                  { A = 0; }
select_option(A) ::= SQL_CALC_FOUND_ROWS.           { A = WEIR__FLAG_FOUND_ROWS; }

items(A) ::= item(X).                               { A = listed(b, NODE(ITEMS), X); }
items(A) ::= items(L) COMMA item(X).                { A = add(b, L, X); }
item(A) ::= expr(E). [LOWEST]                       { A = wrap(b, NODE(ITEM), 0, E); }
item(A) ::= expr(E) alias_name(N).                  { A = until(named(wrap(b, NODE(ITEM), 0, E), N), N); }
item(A) ::= expr(E) AS alias_name(N).               { A = until(named(wrap(b, NODE(ITEM), 0, E), N), N); }
item(A) ::= star(A).
star(A) ::= STAR(T).                                { A = leaf(b, NODE(STAR), 0, T); }
star(A) ::= name(N) DOT STAR(T).                    { A = until(add(b, leaf(b, NODE(STAR), 0, N), name_node(b, N)), T); }
star(A) ::= name(S) DOT name(N) DOT STAR(T).        { A = until(add(b, add(b, leaf(b, NODE(STAR), 0, S), name_node(b, S)), name_node(b, N)), T); }
%type alias_name {weir__token}
alias_name(A) ::= name(A).
alias_name(A) ::= STRING(A).

from_opt(A) ::= .                                   { A = NULL; }
from_opt(A) ::= from(A).
from(A) ::= FROM(T) tables(L).                      { A = adopt(b, leaf(b, NODE(FROM), 0, T), L); }
from(A) ::= FROM(T) DUAL(D).                        { A = add(b, leaf(b, NODE(FROM), 0, T), leaf(b, NODE(DUAL), 0, D)); }
where_opt(A) ::= .                                  { A = NULL; }
where_opt(A) ::= WHERE(T) expr(E).                  { A = add(b, leaf(b, NODE(WHERE), 0, T), E); }
group_opt(A) ::= .                                  { A = NULL; }
group_opt(A) ::= GROUP(T) BY ordered(L).            { A = adopt(b, leaf(b, NODE(GROUP), 0, T), L); }
group_opt(A) ::= GROUP(T) BY ordered(L) WITH ROLLUP(E). { A = flag(until(adopt(b, leaf(b, NODE(GROUP), 0, T), L), E), WEIR__FLAG_ROLLUP); }
having_opt(A) ::= .                                 { A = NULL; }
having_opt(A) ::= HAVING(T) expr(E).                { A = add(b, leaf(b, NODE(HAVING), 0, T), E); }
windows_opt(A) ::= .                                { A = NULL; }
windows_opt(A) ::= WINDOW(T) windows(L).            { A = adopt(b, leaf(b, NODE(WINDOWS), 0, T), L); }
windows(A) ::= window(X).                           { A = list(b, X); }
windows(A) ::= windows(L) COMMA window(X).          { A = add(b, L, X); }
window(A) ::= name(N) AS LP window_spec(S) RP(E).   { A = until(add(b, named(leaf(b, NODE(WINDOW), 0, N), N), S), E); }

tail(A) ::= tail_clause(X).                         { A = list(b, X); }
tail(A) ::= tail(L) tail_clause(X).                 { A = add(b, L, X); }
tail_clause(A) ::= order(A).
tail_clause(A) ::= limit(A).
tail_clause(A) ::= lock(A).
tail_clause(A) ::= into(A).
tail_clause(A) ::= PROCEDURE(T) function(F).        { A = add(b, leaf(b, NODE(PROCEDURE), 0, T), F); }

order_opt(A) ::= .                                  { A = NULL; }
order_opt(A) ::= order(A).
order(A) ::= ORDER(T) BY ordered(L).                { A = adopt(b, leaf(b, NODE(ORDER), 0, T), L); }
ordered(A) ::= by(X).                               { A = list(b, X); }
ordered(A) ::= ordered(L) COMMA by(X).              { A = add(b, L, X); }
by(A) ::= expr(E).                                  { A = wrap(b, NODE(ORDERED), 0, E); }
by(A) ::= expr(E) ASC(T).                           { A = until(wrap(b, NODE(ORDERED), 0, E), T); }
by(A) ::= expr(E) DESC(T).                          { A = flag(until(wrap(b, NODE(ORDERED), 0, E), T), WEIR__FLAG_DESCENDING); }

limit_opt(A) ::= .                                  { A = NULL; }
limit_opt(A) ::= limit(A).
limit(A) ::= LIMIT(T) count(N) examined_opt(F).     { A = flag(add(b, leaf(b, NODE(LIMIT), 0, T), wrap(b, NODE(COUNT), 0, N)), F); }
limit(A) ::= LIMIT(T) count(O) COMMA count(N) examined_opt(F). {
    A = flag(add(b, add(b, leaf(b, NODE(LIMIT), 0, T), wrap(b, NODE(OFFSET), 0, O)), wrap(b, NODE(COUNT), 0, N)), F);
}
limit(A) ::= LIMIT(T) count(N) OFFSET count(O) examined_opt(F). {
    A = flag(add(b, add(b, leaf(b, NODE(LIMIT), 0, T), wrap(b, NODE(COUNT), 0, N)), wrap(b, NODE(OFFSET), 0, O)), F);
}
limit(A) ::= LIMIT(T) ROWS EXAMINED count(N).       { A = flag(until_node(leaf(b, NODE(LIMIT), 0, T), N), WEIR__FLAG_EXAMINED); }
limit(A) ::= OFFSET(T) count(O) row_word(E). [LOWEST] { A = until(add(b, leaf(b, NODE(LIMIT), 0, T), wrap(b, NODE(OFFSET), 0, O)), E); }
limit(A) ::= OFFSET(T) count(O) row_word fetch(F).  { A = adopt(b, add(b, leaf(b, NODE(LIMIT), 0, T), wrap(b, NODE(OFFSET), 0, O)), F); }
limit(A) ::= fetch(A).
fetch(A) ::= FETCH(T) first_word count(N) row_word fetch_end(E). { A = fetch(b, T, wrap(b, NODE(COUNT), 0, N), E); }
fetch(A) ::= FETCH(T) first_word row_word(N) fetch_end(E). { A = fetch(b, T, leaf(b, NODE(COUNT), 0, N), E); }
%type fetch_end {weir__token}
fetch_end(A) ::= ONLY(A).
fetch_end(A) ::= WITH TIES(T).                      { A = T; }
first_word ::= FIRST.
first_word ::= NEXT.
%type row_word {weir__token}
row_word(A) ::= ROW(A).
row_word(A) ::= ROWS(A).
%type examined_opt {int}
examined_opt(A) ::= . [LOWEST]                      { A = 0; }
examined_opt(A) ::= ROWS EXAMINED count.            { A = WEIR__FLAG_EXAMINED; }
count(A) ::= INTEGER_NUMBER(T).                     { A = leaf(b, NODE(LITERAL), T.id, T); }
count(A) ::= HEX(T).                                { A = leaf(b, NODE(LITERAL), T.id, T); }
count(A) ::= DECIMAL_NUMBER(T).                     { A = leaf(b, NODE(LITERAL), T.id, T); }
count(A) ::= PARAM(T).                              { A = param(b, T); }
count(A) ::= name(N).                               { A = column1(b, N); }

lock(A) ::= FOR(T) lock_kind(K) lock_of_opt(L) lock_wait_opt(W). { A = flag(add(b, leaf(b, NODE(LOCK), K.id, T), L), W); }
lock(A) ::= LOCK(T) IN SHARE(K) MODE(E) lock_wait_opt(W). { A = flag(until(leaf(b, NODE(LOCK), K.id, T), E), W); }
%type lock_kind {weir__token}
lock_kind(A) ::= UPDATE(A).
lock_kind(A) ::= SHARE(A).
lock_of_opt(A) ::= .                                { A = NULL; }
lock_of_opt(A) ::= OF names(L).                     { A = L; }
%type lock_wait_opt {int}
lock_wait_opt(A) ::= .                              { A = 0; }
lock_wait_opt(A) ::= NOWAIT.                        { A = WEIR__FLAG_NOWAIT; }
lock_wait_opt(A) ::= SKIP LOCKED.                   { A = WEIR__FLAG_SKIP_LOCKED; }
lock_wait_opt(A) ::= WAIT INTEGER_NUMBER.           { A = 0; }

into_opt(A) ::= . [LOWEST]                          { A = NULL; }
into_opt(A) ::= into(A).
into(A) ::= INTO(T) into_targets(L).                { A = adopt(b, leaf(b, NODE(INTO), 0, T), L); }
into(A) ::= INTO(T) DUMPFILE(K) STRING(F).          { A = add(b, leaf(b, NODE(INTO), K.id, T), leaf(b, NODE(LITERAL), F.id, F)); }
into(A) ::= INTO(T) OUTFILE(K) STRING(F) outfile_options. { A = add(b, leaf(b, NODE(INTO), K.id, T), leaf(b, NODE(LITERAL), F.id, F)); }
into_targets(A) ::= into_target(X).                 { A = list(b, X); }
into_targets(A) ::= into_targets(L) COMMA into_target(X). { A = add(b, L, X); }
into_target(A) ::= USERVAR(T).                      { A = leaf(b, NODE(USERVAR), 0, T); }
into_target(A) ::= name(T).                         { A = column1(b, T); }
outfile_options ::= .
outfile_options ::= outfile_options outfile_option.
outfile_option ::= CHARACTER SET charset.
outfile_option ::= CHARSET charset.
outfile_option ::= COLUMNS.
outfile_option ::= IDENT.
outfile_option ::= LINES.
outfile_option ::= TERMINATED BY outfile_text.
outfile_option ::= OPTIONALLY.
outfile_option ::= ENCLOSED BY outfile_text.
outfile_option ::= ESCAPED BY outfile_text.
outfile_option ::= STARTING BY outfile_text.
outfile_text ::= STRING.
outfile_text ::= HEX.
outfile_text ::= BITS.

/* ======== tables ======== */

tables(A) ::= table(X).                             { A = list(b, X); }
tables(A) ::= tables(L) COMMA table(X).             { A = add(b, L, X); }
table(A) ::= factor(A).
table(A) ::= table(L) join(J) table(R). [CONDITIONLESS] { A = bare_join(b, L, J, R); }
table(A) ::= table(L) join(J) table(R) ON(T) expr(E). [ON] { A = join_on(b, L, J, R, add(b, leaf(b, NODE(ON), 0, T), E)); }
table(A) ::= table(L) join(J) table(R) USING(T) names_parens(N). [ON] { A = join_on(b, L, J, R, add(b, leaf(b, NODE(USING), 0, T), N)); }
table(A) ::= table(L) outer(J) table(R) ON(T) expr(E). [ON] { A = join_on(b, L, J, R, add(b, leaf(b, NODE(ON), 0, T), E)); }
table(A) ::= table(L) outer(J) table(R) USING(T) names_parens(N). [ON] { A = join_on(b, L, J, R, add(b, leaf(b, NODE(USING), 0, T), N)); }
table(A) ::= table(L) NATURAL JOIN(J) factor(R).    { A = flag(join_on(b, L, J, R, NULL), WEIR__FLAG_NATURAL); }
table(A) ::= table(L) NATURAL STRAIGHT_JOIN(J) factor(R). { A = flag(join_on(b, L, J, R, NULL), WEIR__FLAG_NATURAL); }
table(A) ::= table(L) NATURAL INNER JOIN(J) factor(R). { A = flag(join_on(b, L, J, R, NULL), WEIR__FLAG_NATURAL); }
table(A) ::= table(L) NATURAL outer(J) factor(R).   { A = flag(join_on(b, L, J, R, NULL), WEIR__FLAG_NATURAL); }
%type join {weir__token}
join(A) ::= JOIN(A).
join(A) ::= INNER JOIN(T).                          { A = T; }
join(A) ::= CROSS JOIN(T).                          { A = T; }
join(A) ::= STRAIGHT_JOIN(A).
%type outer {weir__token}
outer(A) ::= LEFT(A) JOIN.
outer(A) ::= LEFT(A) OUTER JOIN.
outer(A) ::= RIGHT(A) JOIN.
outer(A) ::= RIGHT(A) OUTER JOIN.

factor(A) ::= table_name(N) partition_opt(P) system_time_opt(S) table_alias_opt(L) index_hints(H). {
    A = adopt(b, add(b, add(b, add(b, N, P), S), L), H);
}
factor(A) ::= query_parens(Q) table_alias(L).       { A = pair(b, NODE(DERIVED), 0, Q, L); }
factor(A) ::= LATERAL(T) query_parens(Q) table_alias(L). { A = flag(add(b, add(b, leaf(b, NODE(DERIVED), 0, T), Q), L), WEIR__FLAG_LATERAL); }
factor(A) ::= LP(L) tables(X) RP(R).                { A = table_parens(b, X, L, R); }
factor(A) ::= LBRACE(L) OJ table(X) RBRACE(R).      { A = parens(X, L, R); }
factor(A) ::= LBRACE(L) IDENT table(X) RBRACE(R).   { A = parens(X, L, R); }
factor(A) ::= JSON_TABLE(T) LP expr(E) COMMA STRING(P) json_columns(C) RP(R) table_alias(L). {
    A = add(b, add(b, leaf(b, NODE(JSON_TABLE), 0, T), E), leaf(b, NODE(LITERAL), P.id, P));
    A = add(b, until(add(b, A, C), R), L);
}
table_name(A) ::= name(N).                          { A = named(leaf(b, NODE(TABLE), 0, N), N); }
table_name(A) ::= name(S) DOT name(N).              { A = table2(b, S, N); }
partition_opt(A) ::= .                              { A = NULL; }
partition_opt(A) ::= PARTITION(T) names_parens(L).  { A = from_token(L, T); }
system_time_opt(A) ::= .                            { A = NULL; }
system_time_opt(A) ::= FOR_SYSTEM_TIME(T) AS OF expr(E). { A = add(b, leaf(b, NODE(SYSTEM_TIME), 0, T), E); }
system_time_opt(A) ::= FOR_SYSTEM_TIME(T) BETWEEN(O) expr(L) AND expr(R). [BETWEEN] { A = add(b, add(b, leaf(b, NODE(SYSTEM_TIME), O.id, T), L), R); }
system_time_opt(A) ::= FOR_SYSTEM_TIME(T) FROM(O) expr(L) TO expr(R). { A = add(b, add(b, leaf(b, NODE(SYSTEM_TIME), O.id, T), L), R); }
system_time_opt(A) ::= FOR_SYSTEM_TIME(T) ALL(O).   { A = until(leaf(b, NODE(SYSTEM_TIME), O.id, T), O); }
table_alias_opt(A) ::= . [LOWEST]                   { A = NULL; }
table_alias_opt(A) ::= name(N).                     { A = named(leaf(b, NODE(ALIAS), 0, N), N); }
table_alias_opt(A) ::= AS name(N).                  { A = named(leaf(b, NODE(ALIAS), 0, N), N); }
table_alias(A) ::= name(N) names_parens_opt(C).     { A = add(b, named(leaf(b, NODE(ALIAS), 0, N), N), C); }
table_alias(A) ::= AS name(N) names_parens_opt(C).  { A = add(b, named(leaf(b, NODE(ALIAS), 0, N), N), C); }
index_hints(A) ::= .                                { A = NULL; }
index_hints(A) ::= index_hints(L) index_hint(X).    { A = grow(b, L, X); }
index_hint(A) ::= index_verb(T) index_word index_for_opt LP index_names(L) RP(R). { A = until(add(b, leaf(b, NODE(INDEX_HINT), T.id, T), L), R); }
%type index_verb {weir__token}
index_verb(A) ::= USE(A).
index_verb(A) ::= FORCE(A).
index_verb(A) ::= IGNORE(A).
index_word ::= INDEX.
index_word ::= KEY.
index_for_opt ::= .
index_for_opt ::= FOR JOIN.
index_for_opt ::= FOR ORDER BY.
index_for_opt ::= FOR GROUP BY.
index_names(A) ::= .                                { A = NULL; }
index_names(A) ::= index_name(X).                   { A = listed(b, NODE(NAMES), X); }
index_names(A) ::= index_names(L) COMMA index_name(X). { A = add(b, L, X); }
index_name(A) ::= name(N).                          { A = name_node(b, N); }
index_name(A) ::= PRIMARY(N).                       { A = name_node(b, N); }

json_columns(A) ::= COLUMNS(T) LP json_column_list(L) RP(R). { A = until(adopt(b, leaf(b, NODE(JSON_COLUMNS), 0, T), L), R); }
json_column_list(A) ::= json_column(X).             { A = list(b, X); }
json_column_list(A) ::= json_column_list(L) COMMA json_column(X). { A = add(b, L, X); }
json_column(A) ::= name(N) FOR ORDINALITY(E).       { A = until(named(leaf(b, NODE(JSON_COLUMN), 0, N), N), E); }
json_column(A) ::= name(N) type(Y) PATH STRING(P) on_clauses. { A = json_column(b, N, Y, P); }
json_column(A) ::= name(N) type(Y) EXISTS PATH STRING(P) on_clauses. { A = json_column(b, N, Y, P); }
json_column(A) ::= NESTED(T) PATH STRING(P) json_columns(C). { A = add(b, add(b, leaf(b, NODE(JSON_COLUMN), 0, T), leaf(b, NODE(LITERAL), P.id, P)), C); }
json_column(A) ::= NESTED(T) STRING(P) json_columns(C). { A = add(b, add(b, leaf(b, NODE(JSON_COLUMN), 0, T), leaf(b, NODE(LITERAL), P.id, P)), C); }
on_clauses ::= .
on_clauses ::= on_clauses on_answer ON EMPTY.
on_clauses ::= on_clauses on_answer ON ERROR.
on_answer ::= NULL.
on_answer ::= ERROR.
on_answer ::= DEFAULT expr.

names(A) ::= name(N).                               { A = listed(b, NODE(NAMES), name_node(b, N)); }
names(A) ::= names(L) COMMA name(N).                { A = add(b, L, name_node(b, N)); }
names_parens(A) ::= LP(L) names(X) RP(R).           { A = parens(X, L, R); }
names_parens_opt(A) ::= .                           { A = NULL; }
names_parens_opt(A) ::= names_parens(A).
%type name {weir__token}
name(A) ::= IDENT(A).
name(A) ::= QUOTED(A).

/* ======== writes ======== */

insert(A) ::= INSERT(T) hint_opt(H) insert_options(F) into_word table_name(N) partition_opt(P) source(Q) row_alias_opt(L) duplicate_opt(D) returning_opt(R). {
    A = flag(add(b, add(b, leaf(b, NODE(INSERT), T.id, T), H), add(b, N, P)), F);
    A = add(b, add(b, add(b, adopt(b, A, Q), L), D), R);
}
insert(A) ::= INSERT(T) hint_opt(H) insert_options(F) into_word table_name(N) partition_opt(P) SET(S) assigns(V) row_alias_opt(L) duplicate_opt(D) returning_opt(R). {
    A = flag(add(b, add(b, leaf(b, NODE(INSERT), T.id, T), H), add(b, N, P)), F);
    A = add(b, add(b, add(b, add(b, A, adopt(b, leaf(b, NODE(SET), 0, S), V)), L), D), R);
}
insert(A) ::= REPLACE(T) hint_opt(H) insert_options(F) into_word table_name(N) partition_opt(P) source(Q) returning_opt(R). {
    A = flag(add(b, add(b, leaf(b, NODE(INSERT), T.id, T), H), add(b, N, P)), F);
    A = add(b, adopt(b, A, Q), R);
}
insert(A) ::= REPLACE(T) hint_opt(H) insert_options(F) into_word table_name(N) partition_opt(P) SET(S) assigns(V) returning_opt(R). {
    A = flag(add(b, add(b, leaf(b, NODE(INSERT), T.id, T), H), add(b, N, P)), F);
    A = add(b, add(b, A, adopt(b, leaf(b, NODE(SET), 0, S), V)), R);
}
%type insert_options {int}
insert_options(A) ::= .                             { A = 0; }
insert_options(A) ::= insert_options(A) LOW_PRIORITY.
insert_options(A) ::= insert_options(A) HIGH_PRIORITY.
insert_options(A) ::= insert_options(A) DELAYED.
insert_options(A) ::= insert_options(L) IGNORE.     { A = L | WEIR__FLAG_IGNORE; }
into_word ::= .
into_word ::= INTO.
source(A) ::= query(Q).                             { A = list(b, Q); }
source(A) ::= LP(L) RP(R) query(Q).                 { A = add(b, list(b, until(leaf(b, NODE(COLUMNS), 0, L), R)), Q); }
source(A) ::= LP(L) columns(X) RP(R) query(Q).      { A = add(b, list(b, parens(X, L, R)), Q); }
columns(A) ::= column(X).                           { A = listed(b, NODE(COLUMNS), X); }
columns(A) ::= columns(L) COMMA column(X).          { A = add(b, L, X); }
rows(A) ::= value_row(X).                           { A = list(b, X); }
rows(A) ::= rows(L) COMMA value_row(X).             { A = add(b, L, X); }
value_row(A) ::= LP(L) RP(R).                       { A = until(leaf(b, NODE(ROW), 0, L), R); }
value_row(A) ::= LP(L) exprs(X) RP(R).              { A = until(adopt(b, leaf(b, NODE(ROW), 0, L), X), R); }
value_row(A) ::= ROW(T) LP exprs_opt(X) RP(R).      { A = until(adopt(b, leaf(b, NODE(ROW), 0, T), X), R); }
row_alias_opt(A) ::= .                              { A = NULL; }
row_alias_opt(A) ::= AS name(N) names_parens_opt(C). { A = add(b, named(leaf(b, NODE(ALIAS), 0, N), N), C); }
duplicate_opt(A) ::= .                              { A = NULL; }
duplicate_opt(A) ::= ON_DUPLICATE(T) KEY UPDATE assigns(L). { A = adopt(b, leaf(b, NODE(DUPLICATE), 0, T), L); }
assigns(A) ::= assign(X).                           { A = list(b, X); }
assigns(A) ::= assigns(L) COMMA assign(X).          { A = add(b, L, X); }
assign(A) ::= column(C) set_sign expr(E).           { A = pair(b, NODE(ASSIGN), 0, C, E); }
assign(A) ::= column(C) set_sign IGNORE(T).         { A = pair(b, NODE(ASSIGN), 0, C, leaf(b, NODE(DEFAULT), T.id, T)); }
returning_opt(A) ::= .                              { A = NULL; }
returning_opt(A) ::= RETURNING(T) items(L).         { A = adopt(b, leaf(b, NODE(RETURNING), 0, T), L); }

update(A) ::= update_plain(A).
update(A) ::= with(W) update_plain(U).              { A = prepend(b, U, W); }
update_plain(A) ::= UPDATE(T) hint_opt(H) write_options(F) tables(L) portion_opt(P) SET(S) assigns(V) where_opt(W) order_opt(O) limit_opt(M) returning_opt(R). {
    A = flag(add(b, add(b, leaf(b, NODE(UPDATE), 0, T), H), renamed(L, NODE(FROM))), F);
    A = add(b, add(b, add(b, A, P), adopt(b, leaf(b, NODE(SET), 0, S), V)), W);
    A = add(b, add(b, add(b, A, O), M), R);
}
%type write_options {int}
write_options(A) ::= .                              { A = 0; }
write_options(A) ::= write_options(A) LOW_PRIORITY.
write_options(A) ::= write_options(A) QUICK.
write_options(A) ::= write_options(L) IGNORE.       { A = L | WEIR__FLAG_IGNORE; }
portion_opt(A) ::= .                                { A = NULL; }
portion_opt(A) ::= FOR_PORTION(T) OF name(N) FROM expr(L) TO expr(R). { A = add(b, add(b, named(leaf(b, NODE(PORTION), 0, T), N), L), R); }

delete(A) ::= delete_plain(A).
delete(A) ::= with(W) delete_plain(D).              { A = prepend(b, D, W); }
delete_plain(A) ::= DELETE(T) hint_opt(H) write_options(F) FROM(K) table_name(N) partition_opt(P) portion_opt(Q) table_alias_opt(L) index_hints(I) where_opt(W) order_opt(O) limit_opt(M) returning_opt(R). {
    A = flag(add(b, add(b, leaf(b, NODE(DELETE), 0, T), H), add(b, leaf(b, NODE(FROM), 0, K), adopt(b, add(b, add(b, N, P), L), I))), F);
    A = add(b, add(b, add(b, add(b, add(b, A, Q), W), O), M), R);
}
delete_plain(A) ::= DELETE(T) hint_opt(H) write_options(F) targets(G) from(K) where_opt(W). {
    A = flag(add(b, add(b, add(b, add(b, leaf(b, NODE(DELETE), 0, T), H), G), K), W), F);
}
delete_plain(A) ::= DELETE(T) hint_opt(H) write_options(F) FROM targets(G) USING(U) tables(L) where_opt(W). {
    A = add(b, flag(add(b, add(b, leaf(b, NODE(DELETE), 0, T), H), G), F), adopt(b, leaf(b, NODE(FROM), 0, U), L));
    A = add(b, A, W);
}
targets(A) ::= target(X).                           { A = listed(b, NODE(TARGETS), X); }
targets(A) ::= targets(L) COMMA target(X).          { A = add(b, L, X); }
target(A) ::= table_name(A).
target(A) ::= name(N) DOT STAR(E).                  { A = until(named(leaf(b, NODE(TABLE), 0, N), N), E); }
target(A) ::= name(S) DOT name(N) DOT STAR(E).      { A = until(table2(b, S, N), E); }

/* ======== expressions ======== */

exprs(A) ::= expr(X).                               { A = list(b, X); }
exprs(A) ::= exprs(L) COMMA expr(X).                { A = add(b, L, X); }
exprs_opt(A) ::= .                                  { A = NULL; }
exprs_opt(A) ::= exprs(A).

expr(A) ::= USERVAR(V) ASSIGN expr(E).              { A = pair(b, NODE(ASSIGN_EXPR), 0, leaf(b, NODE(USERVAR), 0, V), E); }
expr(A) ::= expr(L) OR expr(R).                     { A = chain(b, NODE(OR), 0, L, R); }
expr(A) ::= expr(L) PIPES expr(R).                  { A = chain(b, NODE(OR), 0, L, R); }
expr(A) ::= expr(L) XOR expr(R).                    { A = chain(b, NODE(XOR), 0, L, R); }
expr(A) ::= expr(L) AND expr(R).                    { A = chain(b, NODE(AND), 0, L, R); }
expr(A) ::= expr(L) ANDAND expr(R).                 { A = chain(b, NODE(AND), 0, L, R); }
expr(A) ::= NOT(T) expr(E).                         { A = add(b, leaf(b, NODE(NOT), 0, T), E); }
expr(A) ::= NOT2(T) expr(E).                        { A = add(b, leaf(b, NODE(NOT), 0, T), E); }
expr(A) ::= expr(L) EQ|NULLSAFE|NE|LT|LE|GT|GE(O) expr(R).  { A = pair(b, NODE(COMPARE), O.id, L, R); }
expr(A) ::= expr(L) EQ|NULLSAFE|NE|LT|LE|GT|GE(O) quantifier(Q) query_parens(S). [EQ] {
    A = pair(b, NODE(COMPARE), O.id, L, add(b, leaf(b, NODE(QUANTIFIED), Q.id == TK(ALL) ? TK(ALL) : TK(ANY), Q), subquery(b, S)));
}
%type quantifier {weir__token}
quantifier(A) ::= ANY(A).
quantifier(A) ::= SOME(A).
quantifier(A) ::= ALL(A).
expr(A) ::= expr(E) IS is_what(W).                  { A = until(wrap(b, NODE(IS), W.id, E), W); }
expr(A) ::= expr(E) IS NOT is_what(W). [IS]         { A = flag(until(wrap(b, NODE(IS), W.id, E), W), WEIR__FLAG_NOT); }
expr(A) ::= expr(E) IS NOT2 is_what(W). [IS]        { A = flag(until(wrap(b, NODE(IS), W.id, E), W), WEIR__FLAG_NOT); }
%type is_what {weir__token}
is_what(A) ::= NULL(A).
is_what(A) ::= TRUE(A).
is_what(A) ::= FALSE(A).
is_what(A) ::= UNKNOWN(A).
expr(A) ::= expr(E) IN in_right(R). [IN]            { A = pair(b, NODE(IN), 0, E, R); }
expr(A) ::= expr(E) PNOT IN in_right(R). [IN]       { A = flag(pair(b, NODE(IN), 0, E, R), WEIR__FLAG_NOT); }
in_right(A) ::= LP(L) exprs(X) RP(R).               { A = parens(X, L, R); }
in_right(A) ::= query_parens(Q).                    { A = subquery(b, Q); }
expr(A) ::= expr(E) BETWEEN expr(L) AND expr(R). [BETWEEN] { A = add(b, pair(b, NODE(BETWEEN), 0, E, L), R); }
expr(A) ::= expr(E) PNOT BETWEEN expr(L) AND expr(R). [BETWEEN] { A = flag(add(b, pair(b, NODE(BETWEEN), 0, E, L), R), WEIR__FLAG_NOT); }
expr(A) ::= expr(L) LIKE(O) expr(R).                { A = pair(b, NODE(LIKE), O.id, L, R); }
expr(A) ::= expr(L) PNOT LIKE(O) expr(R). [LIKE]    { A = flag(pair(b, NODE(LIKE), O.id, L, R), WEIR__FLAG_NOT); }
expr(A) ::= expr(L) LIKE(O) expr(R) ESCAPE expr(X). { A = add(b, pair(b, NODE(LIKE), O.id, L, R), X); }
expr(A) ::= expr(L) PNOT LIKE(O) expr(R) ESCAPE expr(X). { A = flag(add(b, pair(b, NODE(LIKE), O.id, L, R), X), WEIR__FLAG_NOT); }
expr(A) ::= expr(L) REGEXP|RLIKE expr(R). [LIKE]    { A = pair(b, NODE(LIKE), TK(REGEXP), L, R); }
expr(A) ::= expr(L) PNOT REGEXP|RLIKE expr(R). [LIKE] { A = flag(pair(b, NODE(LIKE), TK(REGEXP), L, R), WEIR__FLAG_NOT); }
expr(A) ::= expr(L) SOUNDS(O) LIKE expr(R). [LIKE]  { A = pair(b, NODE(LIKE), O.id, L, R); }
expr(A) ::= expr(L) MEMBER OF LP expr(R) RP(E). [LIKE] { A = until(pair(b, NODE(MEMBER), 0, L, R), E); }
expr(A) ::= expr(L) BAR(O) expr(R).                 { A = chain(b, NODE(ARITHMETIC), O.id, L, R); }
expr(A) ::= expr(L) AMP(O) expr(R).                 { A = chain(b, NODE(ARITHMETIC), O.id, L, R); }
expr(A) ::= expr(L) SHL|SHR(O) expr(R).             { A = chain(b, NODE(ARITHMETIC), O.id, L, R); }
expr(A) ::= expr(L) PLUS|MINUS(O) expr(R).          { A = chain(b, NODE(ARITHMETIC), O.id, L, R); }
expr(A) ::= expr(L) STAR|SLASH|DIV|PERCENT|MOD(O) expr(R). { A = chain(b, NODE(ARITHMETIC), O.id, L, R); }
expr(A) ::= expr(L) CARET(O) expr(R).               { A = chain(b, NODE(ARITHMETIC), O.id, L, R); }
expr(A) ::= expr(L) CONCAT(O) expr(R).              { A = chain(b, NODE(ARITHMETIC), O.id, L, R); }
expr(A) ::= MINUS|PLUS|TILDE(O) expr(E). [UNARY]    { A = add(b, leaf(b, NODE(UNARY), O.id, O), E); }
expr(A) ::= BINARY(O) expr(E).                      { A = add(b, leaf(b, NODE(UNARY), O.id, O), E); }
expr(A) ::= expr(E) COLLATE name(N).                { A = until(named(wrap(b, NODE(COLLATE), 0, E), N), N); }
expr(A) ::= expr(E) COLLATE BINARY(N). [COLLATE]    { A = until(named(wrap(b, NODE(COLLATE), 0, E), N), N); }
expr(A) ::= expr(E) COLLATE STRING(N).              { A = until(named(wrap(b, NODE(COLLATE), 0, E), N), N); }
expr(A) ::= expr(E) ARROW|ARROW2(O) STRING(P).      { A = pair(b, NODE(ARITHMETIC), O.id, E, leaf(b, NODE(LITERAL), P.id, P)); }
expr(A) ::= INTERVAL(T) expr(E) unit(U).            { A = until(add(b, leaf(b, NODE(INTERVAL), U.id, T), E), U); }
expr(A) ::= INTERVAL(T) row(X). [HIGHEST]           { A = interval_call(b, T, X); }

expr(A) ::= LP(L) expr(E) RP(R).                    { A = parens(E, L, R); }
expr(A) ::= row(A). [LOWEST]
expr(A) ::= query_parens(Q). [LOWEST]               { A = subquery(b, Q); }
expr(A) ::= EXISTS(T) query_parens(Q).              { A = add(b, leaf(b, NODE(EXISTS), 0, T), subquery(b, Q)); }
row(A) ::= LP(L) exprs(X) COMMA expr(E) RP(R).      { A = until(add(b, adopt(b, leaf(b, NODE(ROW), 0, L), X), E), R); }
expr(A) ::= ROW(T) LP exprs(X) RP(R).               { A = until(adopt(b, leaf(b, NODE(ROW), 0, T), X), R); }
expr(A) ::= column(A). [LOWEST]
expr(A) ::= literal(A).
expr(A) ::= function(A).
expr(A) ::= PARAM(T).                               { A = param(b, T); }
expr(A) ::= USERVAR(T).                             { A = leaf(b, NODE(USERVAR), 0, T); }
expr(A) ::= SYSVAR(T).                              { A = leaf(b, NODE(SYSVAR), 0, T); }
expr(A) ::= DEFAULT(T).                             { A = leaf(b, NODE(DEFAULT), 0, T); }
expr(A) ::= DEFAULT(T) LP column(C) RP(R).          { A = until(add(b, leaf(b, NODE(DEFAULT), 0, T), C), R); }
expr(A) ::= LBRACE(L) name(N) expr(E) RBRACE(R).    { A = until(add(b, named(leaf(b, NODE(ODBC), 0, L), N), E), R); }
expr(A) ::= NEXT|PREVIOUS(T) VALUE FOR table_name(N). { A = add(b, leaf(b, NODE(SEQUENCE), T.id, T), N); }

column(A) ::= name(N).                              { A = column1(b, N); }
column(A) ::= name(Q) DOT name(N).                  { A = column2(b, Q, N); }
column(A) ::= name(S) DOT name(Q) DOT name(N).      { A = column3(b, S, Q, N); }

literal(A) ::= INTEGER_NUMBER|DECIMAL_NUMBER|FLOAT_NUMBER|STRING|NSTRING|HEX|BITS|NULL|TRUE|FALSE(T). { A = leaf(b, NODE(LITERAL), T.id, T); }
literal(A) ::= INTRODUCER(I) STRING|HEX|BITS(T).    { A = flag(until(leaf(b, NODE(LITERAL), T.id, I), T), WEIR__FLAG_CHARSET); }
literal(A) ::= TEMPORAL(K) STRING(T).               { A = flag(until(leaf(b, NODE(LITERAL), K.id, K), T), WEIR__FLAG_TYPED); }

/* ---- CASE, CAST and calls with words in them ---- */

expr(A) ::= CASE(T) expr(E) whens(L) else_opt(X) END(R). { A = until(add(b, adopt(b, add(b, leaf(b, NODE(CASE), 0, T), E), L), X), R); }
expr(A) ::= CASE(T) whens(L) else_opt(X) END(R).    { A = until(add(b, adopt(b, leaf(b, NODE(CASE), 0, T), L), X), R); }
whens(A) ::= when(X).                               { A = list(b, X); }
whens(A) ::= whens(L) when(X).                      { A = add(b, L, X); }
when(A) ::= WHEN(T) expr(C) THEN expr(E).           { A = add(b, add(b, leaf(b, NODE(WHEN), 0, T), C), E); }
else_opt(A) ::= .                                   { A = NULL; }
else_opt(A) ::= ELSE(T) expr(E).                    { A = add(b, leaf(b, NODE(ELSE), 0, T), E); }

expr(A) ::= CAST(T) LP expr(E) AS type(Y) RP(R).    { A = until(add(b, add(b, leaf(b, NODE(CAST), 0, T), E), Y), R); }
expr(A) ::= CONVERT(T) LP expr(E) COMMA type(Y) RP(R). { A = until(add(b, add(b, leaf(b, NODE(CAST), 0, T), E), Y), R); }
expr(A) ::= CONVERT(T) LP expr(E) USING charset(N) RP(R). { A = until(add(b, add(b, leaf(b, NODE(CAST), 0, T), E), N), R); }
expr(A) ::= EXTRACT(T) LP unit(U) FROM expr(E) RP(R). { A = until(add(b, add(b, call0(b, T), name_node(b, U)), E), R); }
expr(A) ::= POSITION(T) LP expr(L) COMMA expr(E) RP(R). { A = until(add(b, add(b, call0(b, T), L), E), R); }
expr(A) ::= SUBSTRING(T) LP exprs(L) RP(R).         { A = until(adopt(b, call0(b, T), L), R); }
expr(A) ::= SUBSTRING(T) LP expr(E) FROM expr(F) RP(R). { A = until(add(b, add(b, call0(b, T), E), F), R); }
expr(A) ::= SUBSTRING(T) LP expr(E) FROM expr(F) FOR expr(N) RP(R). { A = until(add(b, add(b, add(b, call0(b, T), E), F), N), R); }
expr(A) ::= TRIM(T) LP expr(E) RP(R).               { A = until(add(b, call0(b, T), E), R); }
expr(A) ::= TRIM(T) LP expr(X) FROM expr(E) RP(R).  { A = until(add(b, add(b, call0(b, T), X), E), R); }
expr(A) ::= TRIM(T) LP BOTH|LEADING|TRAILING FROM expr(E) RP(R). { A = until(add(b, call0(b, T), E), R); }
expr(A) ::= TRIM(T) LP BOTH|LEADING|TRAILING expr(X) FROM expr(E) RP(R). { A = until(add(b, add(b, call0(b, T), X), E), R); }
expr(A) ::= CHAR(T) LP exprs(L) RP(R).              { A = until(adopt(b, call0(b, T), L), R); }
expr(A) ::= CHAR(T) LP exprs(L) USING charset(N) RP(R). { A = until(add(b, adopt(b, call0(b, T), L), N), R); }
expr(A) ::= VALUES(T) LP column(C) RP(R).           { A = until(add(b, call0(b, T), C), R); }
expr(A) ::= MATCH(T) columns(L) AGAINST LP expr(E) match_mode RP(R). { A = until(add(b, add(b, leaf(b, NODE(MATCH), 0, T), renamed(L, NODE(LIST))), E), R); }
expr(A) ::= MATCH(T) LP columns(L) RP AGAINST LP expr(E) match_mode RP(R). { A = until(add(b, add(b, leaf(b, NODE(MATCH), 0, T), renamed(L, NODE(LIST))), E), R); }
match_mode ::= .
match_mode ::= IN BOOLEAN MODE.
match_mode ::= IN NATURAL LANGUAGE MODE.
match_mode ::= IN NATURAL LANGUAGE MODE WITH QUERY EXPANSION.
match_mode ::= WITH QUERY EXPANSION.

expr(A) ::= CURRENT_DATE|CURRENT_TIME|CURRENT_TIMESTAMP|CURRENT_USER|LOCALTIME|LOCALTIMESTAMP|UTC_DATE|UTC_TIME|UTC_TIMESTAMP(T) parens_opt(R). {
    A = until_range(call0(b, T), R);
}
%type parens_opt {weir__token}
parens_opt(A) ::= .                                 { A = (weir__token){0}; }
parens_opt(A) ::= LP RP(T).                         { A = T; }
parens_opt(A) ::= LP INTEGER_NUMBER RP(T).          { A = T; }

/* ---- calls ---- */

function(A) ::= function_name(T) LP arguments(L) RP(R). [LOWEST] { A = until(call_of_args(b, T, L), R); }
function(A) ::= function_name(T) LP arguments(L) RP(R) function_end(X). { A = adopt(b, until(call_of_args(b, T, L), R), X); }
function(A) ::= name(S) DOT name(T) LP arguments(L) RP(R). { A = until(call_in_schema(b, S, T, L), R); }
%type function_name {weir__token}
function_name(A) ::= name(A).
function_name(A) ::= DATABASE|IF|INSERT|LEFT|MOD|REPEAT|REPLACE|RIGHT|SCHEMA(A).
arguments(A) ::= .                                  { A = NULL; }
arguments(A) ::= STAR(T).                           { A = flag(list_at(b, T), WEIR__FLAG_STAR); }
arguments(A) ::= argument_list(L) order_opt(O) separator_opt(P) limit_opt(M). { A = add(b, add(b, add(b, L, O), P), M); }
arguments(A) ::= ALL argument_list(L) order_opt(O) separator_opt(P) limit_opt(M). { A = add(b, add(b, add(b, L, O), P), M); }
arguments(A) ::= DISTINCT argument_list(L) order_opt(O) separator_opt(P) limit_opt(M). {
    A = flag(add(b, add(b, add(b, L, O), P), M), WEIR__FLAG_DISTINCT);
}
arguments(A) ::= argument_list(L) RETURNING type(Y) on_clauses. { A = add(b, L, Y); }
arguments(A) ::= argument_list(L) on_answer ON EMPTY on_clauses. { A = L; }
arguments(A) ::= argument_list(L) on_answer ON ERROR on_clauses. { A = L; }
argument_list(A) ::= argument(X).                   { A = X; }
argument_list(A) ::= argument_list(L) COMMA argument(X). { A = adopt(b, L, X); }
argument(A) ::= expr(E).                            { A = list(b, E); }
argument(A) ::= expr(E) level.                      { A = list(b, E); }
argument(A) ::= expr(E) alias_name.                 { A = list(b, E); }
argument(A) ::= expr(E) AS type(Y).                 { A = add(b, list(b, E), Y); }
argument(A) ::= expr(E) AS type(Y) level.           { A = add(b, list(b, E), Y); }
argument(A) ::= expr(E) AS STRING(N).               { A = until(list(b, E), N); }
level ::= LEVEL INTEGER_NUMBER.
level ::= LEVEL INTEGER_NUMBER MINUS INTEGER_NUMBER.
level ::= LEVEL INTEGER_NUMBER ASC.
level ::= LEVEL INTEGER_NUMBER DESC.
separator_opt(A) ::= .                              { A = NULL; }
separator_opt(A) ::= SEPARATOR(T) STRING(S).        { A = add(b, leaf(b, NODE(SEPARATOR), 0, T), leaf(b, NODE(LITERAL), S.id, S)); }
separator_opt(A) ::= SEPARATOR(T) HEX(S).           { A = add(b, leaf(b, NODE(SEPARATOR), 0, T), leaf(b, NODE(LITERAL), S.id, S)); }
function_end(A) ::= over(X).                        { A = list(b, X); }
function_end(A) ::= IGNORE NULLS over(X).           { A = list(b, X); }
function_end(A) ::= RESPECT NULLS over(X).          { A = list(b, X); }
function_end(A) ::= WITHIN GROUP LP order(O) RP.    { A = list(b, O); }
function_end(A) ::= WITHIN GROUP LP order(O) RP over(X). { A = add(b, list(b, O), X); }
over(A) ::= OVER(T) name(N).                        { A = until(named(leaf(b, NODE(OVER), 0, T), N), N); }
over(A) ::= OVER(T) LP window_spec(S) RP(R).        { A = until(add(b, leaf(b, NODE(OVER), 0, T), S), R); }

window_spec(A) ::= partition_by_opt(P) order_opt(O) frame_opt(F). { A = window_spec(b, NULL, P, O, F); }
window_spec(A) ::= name(N) partition_by_opt(P) order_opt(O) frame_opt(F). { A = window_spec(b, &N, P, O, F); }
partition_by_opt(A) ::= .                           { A = NULL; }
partition_by_opt(A) ::= PARTITION(T) BY exprs(L).   { A = adopt(b, leaf(b, NODE(PARTITION), 0, T), L); }
frame_opt(A) ::= .                                  { A = NULL; }
frame_opt(A) ::= ROWS|RANGE|GROUPS(T) bound(B) exclude_opt. { A = add(b, leaf(b, NODE(FRAME), T.id, T), B); }
frame_opt(A) ::= ROWS|RANGE|GROUPS(T) BETWEEN bound(B) AND bound(C) exclude_opt. { A = add(b, add(b, leaf(b, NODE(FRAME), T.id, T), B), C); }
bound(A) ::= UNBOUNDED(T) PRECEDING|FOLLOWING(O).   { A = until(leaf(b, NODE(BOUND), O.id, T), O); }
bound(A) ::= CURRENT(T) ROW(E).                     { A = until(leaf(b, NODE(BOUND), T.id, T), E); }
bound(A) ::= expr(E) PRECEDING|FOLLOWING(O).        { A = until(wrap(b, NODE(BOUND), O.id, E), O); }
exclude_opt ::= .
exclude_opt ::= EXCLUDE CURRENT ROW.
exclude_opt ::= EXCLUDE GROUP.
exclude_opt ::= EXCLUDE TIES.
exclude_opt ::= EXCLUDE NO OTHERS.

/* ---- types and units ---- */

type(A) ::= type_word(T).                           { A = leaf(b, NODE(TYPE), 0, T); }
type(A) ::= type(Y) type_word(T).                   { A = until(Y, T); }
type(A) ::= type(Y) LP INTEGER_NUMBER RP(R).        { A = until(Y, R); }
type(A) ::= type(Y) STRING(T).                      { A = until(Y, T); }
type(A) ::= type(Y) LP DECIMAL_NUMBER RP(R).        { A = until(Y, R); }
type(A) ::= type(Y) LP INTEGER_NUMBER COMMA INTEGER_NUMBER RP(R). { A = until(Y, R); }
%type type_word {weir__token}
type_word(A) ::= IDENT|QUOTED(A).
type_word(A) ::= ARRAY|BIGINT|BINARY|BLOB|CHAR|CHARACTER|CHARSET|COLLATE|DATE|DATETIME|DAY_SECOND|DECIMAL|DOUBLE|FLOAT(A).
type_word(A) ::= INT|INTEGER|INTERVAL|JSON|LONGBLOB|LONGTEXT|MEDIUMBLOB|MEDIUMINT|MEDIUMTEXT|NUMERIC(A).
type_word(A) ::= PRECISION|REAL|SET|SIGNED|SMALLINT|TIME|TIMESTAMP|TINYBLOB|TINYINT|TINYTEXT|UNSIGNED|VARBINARY|VARCHAR|VARYING|YEAR(A).

%type unit {weir__token}
unit(A) ::= MICROSECOND|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR|YEAR_MONTH|DAY_HOUR|DAY_MINUTE|DAY_SECOND(A).
unit(A) ::= DAY_MICROSECOND|HOUR_MINUTE|HOUR_SECOND|HOUR_MICROSECOND|MINUTE_SECOND|MINUTE_MICROSECOND|SECOND_MICROSECOND(A).
