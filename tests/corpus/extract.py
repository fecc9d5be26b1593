"""extract.py - SQL statements out of the scripts of MariaDB's own test suite. SPDX-License-Identifier: Apache-2.0

The scripts (mariadb-test-data) are a language of their own around SQL: `let`, `if`, `--error`, blocks of perl, another delimiter,
sql_mode changing on the way. What depends on the script's variables is left out, and what is no UTF-8.
"""
import re

# Words that begin a command of the script, not a statement. Those in SENDS have a statement behind them.
COMMANDS = set("""
    append_file assert cat_file change_user character_set chmod chmod_file close connect connection copy_file dec die diff_files
    dirty_close disable_abort_on_error disable_cursor_protocol disable_connect_log disable_info disable_metadata
    disable_non_blocking_api disable_parsing disable_prepare_warnings disable_ps2_protocol disable_ps_protocol disable_query_log
    disable_reconnect disable_result_log disable_rpl_parse disable_service_connection disable_session_track_info
    disable_testcase disable_view_protocol disable_warnings disconnect echo enable_abort_on_error enable_cursor_protocol
    enable_connect_log enable_info enable_metadata enable_non_blocking_api enable_parsing enable_prepare_warnings
    enable_ps2_protocol enable_ps_protocol enable_query_log enable_reconnect enable_result_log enable_rpl_parse
    enable_service_connection enable_session_track_info enable_testcase enable_view_protocol enable_warnings end end_timer error
    eval_result evalp exec execw exit file_exists horizontal_results if inc let list_files list_files_append_file
    list_files_write_file lowercase_result mkdir move_file optimizer_trace output perl ping real_sleep reap remove_file
    remove_files_wildcard replace_column replace_numeric_round replace_regex replace_result require reset_connection result rmdir
    save_master_pos send_quit send_shutdown shutdown_server skip sleep sorted_result source start_timer sync_slave_with_master
    sync_with_master system vertical_results wait_for_slave_to_stop while write_file write_line
""".split())
SENDS = {"eval", "evalp", "send", "send_eval", "query", "query_vertical", "query_horizontal"}
BLOCKS = {"perl", "write_file", "append_file"}  # lines of a file follow, up to EOF or the word named
WORD = re.compile("[a-zA-Z_0-9]*")
QUOTES = r"""['"`{]"""
SET_MODE = re.compile(
    r"set\s+(?:(?:session|local)\s+|@@(?:session\.|local\.)?)?sql_mode\s*:?=\s*(default|[a-z_]+|'[^']*'|\"[^\"]*\")$", re.I
)
ADD_MODE = re.compile(r"set\s+(?:session\s+|@@)?sql_mode\s*:?=\s*concat\(@@sql_mode,\s*['\"],?\s*([a-z_,]+)['\"]\)$", re.I)


class Script:
    def __init__(self, text):
        self.text, self.at, self.delimiter, self.mode = text, 0, ";", "DEFAULT"

    def line(self):
        """The rest of the line."""
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        line, self.at = self.text[self.at : end], end + 1
        return line

    def skip_block(self, arguments):
        """The lines of a file in the script."""
        words = arguments.rstrip("; ").split()
        last = words[-1] if len(words) > 1 and re.fullmatch(r"[A-Z_0-9|]+", words[-1]) else "EOF"
        while self.at < len(self.text):
            if self.line().strip() == last:
                return

    def until_delimiter(self, brace):
        """Text up to the delimiter outside quotes, or up to { where `brace` (of if and while)."""
        start, text = self.at, self.text
        stops = re.compile(f"{re.escape(self.delimiter)}|{QUOTES}")
        while found := stops.search(text, self.at):
            stop, self.at = found.group(), found.end()
            if stop == self.delimiter or (stop == "{" and brace):
                return text[start : found.start()]
            if stop != "{":
                closing = re.compile(rf"(?:[^\\{stop}]|\\.)*{stop}", re.S).match(text, self.at)
                self.at = closing.end() if closing else len(text)
        self.at = len(text)
        return None

    def set_delimiter(self, arguments):
        self.delimiter = arguments.strip() or ";"
        while len(self.delimiter) > 1 and self.delimiter.endswith(";") and self.delimiter != ";;":
            self.delimiter = self.delimiter[:-1].strip()

    def command(self, line):
        """A line that begins with --. Gives the statement that it sends, if it does."""
        word, _, rest = line.strip().partition(" ")
        word = word.lower()
        if word.rstrip(";") in BLOCKS:
            self.skip_block(line)
        elif word == "delimiter":
            self.set_delimiter(rest)
        elif word in SENDS:
            return self.sent(word, rest)
        return None

    @staticmethod
    def sent(word, statement):
        return None if "eval" in word and "$" in statement else statement.strip()

    def follow_mode(self, sql):
        if found := SET_MODE.match(sql):
            value = found.group(1).strip("'\"")
            self.mode = "DEFAULT" if value.lower() == "default" else value.replace(" ", "")
        elif found := ADD_MODE.match(sql):
            before = "STRICT_TRANS_TABLES" if self.mode == "DEFAULT" else self.mode
            self.mode = f"{before},{found.group(1)}"
        elif re.match(r"set\s+(session\s+|@@(session\.)?)?sql_mode\b", sql, re.I):
            self.mode = "DEFAULT"

    def statements(self):
        """(sql_mode, statement) in the order of the script."""
        while self.at < len(self.text):
            rest = self.text[self.at]
            if rest.isspace() or rest in "{}":
                self.at += 1
                continue
            if rest == "#" or self.text.startswith("--", self.at):
                line = self.line()
                sql = self.command(line[2:]) if rest == "-" else None
            else:
                word = WORD.match(self.text, self.at).group().lower()
                if word == "delimiter":
                    whole = self.text[self.at : self.text.find("\n", self.at)]
                    end = whole.rfind(self.delimiter) if whole.rstrip().endswith(self.delimiter) else len(whole)
                    self.at += len(whole)
                    self.set_delimiter(whole[len(word) : end])
                    continue
                sql = self.until_delimiter(word in ("if", "while"))
                if sql is None:
                    return
                if word in BLOCKS:
                    self.line()
                    self.skip_block(sql)
                if word in SENDS:
                    sql = self.sent(word, sql[len(word) :])
                elif word in COMMANDS:
                    sql = None
            if sql and sql.strip():
                sql = sql.strip()
                yield self.mode, sql
                self.follow_mode(sql)


def statements(path):
    """Of one script; what is not UTF-8 or holds what no text of SQL does is left out."""
    with open(path, encoding="latin-1", newline="") as file:
        text = file.read().replace("\r\n", "\n")
    for mode, sql in Script(text).statements():
        data = sql.encode("latin-1")
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if b"\0" not in data and len(data) <= 1024 * 1024:
            yield mode, data
