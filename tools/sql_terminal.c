/* sql_terminal.c - statements typed at a prompt, by libedit. SPDX-License-Identifier: Apache-2.0
 * While a line is edited Ctrl-C is an ordinary key that drops the line; while a statement runs it is SIGINT (sql_interrupt.h). */
#include "tools/sql_terminal.h"

#include <histedit.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/str.h"

enum { HISTORY_LINES = 1000 };

typedef struct terminal {
    sql_runner *runner;
    weir__split *split;
    EditLine *edit;
    History *history;
    bool dropped; /* the line, by Ctrl-C */
} terminal;

static const char help_text[] =
    "A statement ends with ; and may take several lines.\n"
    "  \\?, help   this text\n"
    "  \\q, exit   ends; so does Ctrl-D\n"
    "  Ctrl-C     at the prompt: drops what was typed; else: cancels the running statement\n"
    "  DELIMITER xx   statements end with xx from now on\n";

size_t sql_terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

static char *prompt(EditLine *edit)
{
    static char first[] = "weir> ", next[] = "    -> ";
    terminal *term = NULL;
    el_get(edit, EL_CLIENTDATA, &term);
    return weir__split_pending(term->split) ? next : first;
}

static unsigned char drop_line(EditLine *edit, wint_t key)
{
    (void)key;
    terminal *term = NULL;
    el_get(edit, EL_CLIENTDATA, &term);
    term->dropped = true;
    fputs("^C\n", stdout);
    return CC_NEWLINE;
}

/* What the terminal itself does with Ctrl-Z where keys are signals. */
static unsigned char suspend(EditLine *edit, wint_t key)
{
    (void)key;
    el_set(edit, EL_PREP_TERM, 0);
    kill(0, SIGTSTP);
    el_set(edit, EL_PREP_TERM, 1);
    return CC_REDISPLAY;
}

static bool terminal_init(terminal *term)
{
    HistEvent event;
    term->history = history_init();
    term->edit = el_init("weir", stdin, stdout, stderr);
    if (!term->history || !term->edit)
        return false;
    history(term->history, &event, H_SETSIZE, HISTORY_LINES);
    el_set(term->edit, EL_CLIENTDATA, term);
    el_set(term->edit, EL_EDITOR, "emacs");
    el_set(term->edit, EL_PROMPT, prompt);
    el_set(term->edit, EL_HIST, history, term->history);
    /* by el_wset, since el_set copies the names and never frees them */
    el_wset(term->edit, EL_ADDFN, L"weir-drop-line", L"drops the line", drop_line);
    el_wset(term->edit, EL_ADDFN, L"weir-suspend", L"stops the process", suspend);
    el_set(term->edit, EL_BIND, "^C", "weir-drop-line", NULL);
    el_set(term->edit, EL_BIND, "^Z", "weir-suspend", NULL);
    el_set(term->edit, EL_SETTY, "-d", "-isig", NULL); /* while editing */
    return true;
}

static void terminal_deinit(terminal *term)
{
    if (term->edit)
        el_end(term->edit);
    if (term->history)
        history_end(term->history);
}

/* The line without blanks around it and a ; at its end. */
static weir_str trim(weir_str line)
{
    while (line.size && strchr(" \t\r\n;", line.data[line.size - 1]))
        line.size--;
    while (line.size && (line.data[0] == ' ' || line.data[0] == '\t')) {
        line.data++;
        line.size--;
    }
    return line;
}

static bool is_one_of(weir_str line, const char *const *words)
{
    for (; *words; words++)
        if (weir__str_is_nocase(line, *words))
            return true;
    return false;
}

static void run_line(terminal *term, weir_str line)
{
    weir_str statement = {NULL, 0};
    weir__split_event event;
    sql_runner *runner = term->runner;
    while ((event = weir__split_feed(term->split, &line, &statement)) != WEIR__SPLIT_MORE) {
        runner->printer->width = sql_terminal_width();
        sql_run(runner, event, statement);
        if (sql_interrupted(
                runner->interrupt)) { /* what else stands in the line was typed for another course of things */
            weir__split_reset(term->split);
            return;
        }
    }
}

bool sql_terminal_loop(sql_runner *runner, weir__split *split)
{
    static const char *const leave[] = {"\\q", "exit", "quit", NULL}, *const help[] = {"\\?", "\\h", "help", NULL};
    terminal term = {.runner = runner, .split = split};
    bool usable = terminal_init(&term);
    while (usable && !runner->printer->out->failed) {
        int size = 0;
        el_set(term.edit, EL_PREP_TERM,
               1); /* before the prompt, so that what is typed at it is never taken as a signal */
        const char *text = el_gets(term.edit, &size);
        if (term.dropped) {
            term.dropped = false;
            weir__split_reset(split);
            continue;
        }
        if (!text || size <= 0) {
            fputs("\n", stdout);
            break;
        }
        weir_str line = {text, (size_t)size}, word = trim(line);
        HistEvent event;
        if (word.size)
            history(term.history, &event, H_ENTER, text);
        if (!weir__split_pending(split) && is_one_of(word, leave))
            break;
        if (!weir__split_pending(split) && is_one_of(word, help))
            fputs(help_text, stdout);
        else
            run_line(&term, line);
    }
    terminal_deinit(&term);
    return usable;
}
