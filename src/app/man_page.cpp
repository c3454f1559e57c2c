#include <string>
#include <string_view>

#include "app/options_table.h"
#include "app/texts.h"

namespace lb::app {
namespace {

// \" begins a comment. Without a date, the same sources give the same page.
constexpr std::string_view kHeading = R"(.\" Written by lb_texts from the table of flags.
.TH LB 1 "" "lb )" LB_VERSION R"(" "User Commands"
)";

constexpr std::string_view kBeforeOptions = R"(.SH NAME
lb \- HTTP load balancer
.SH SYNOPSIS
.B lb \-\-servers
.IR HOST : PORT [,...]\&
.RI [ option ...]
.br
.B lb \-\-demo
.RI [ option ...]
.SH DESCRIPTION
.B lb
takes HTTP/1.1 and HTTP/1.0 requests and sends each to the next of its servers that is up, in turn.
A server is up while its health checks succeed; with none up the answer is 503.
.PP
Bodies stream through in both directions, connections to clients and servers are kept alive,
upgrades such as WebSocket pass.
Requests that are malformed or ambiguous are refused.
A request that fails before its response has begun is sent again where that is known to be safe.
.PP
.B lb
is one process with one thread, or, with
.BR \-\-workers ,
several of those under a parent.
It stays in the foreground, and its log goes to stderr.
.SH OPTIONS
.I TIME
takes ms, s, m or h, bare = seconds.
.I SIZE
takes k, m or g, bare = bytes.
A flag that is given again overrides the earlier one, unless it may be repeated.
)";

constexpr std::string_view kAfterOptions = R"(.SH ENVIRONMENT
Every flag but
.B \-\-help
and
.B \-\-version
can be set as a variable as well: its name in capitals, with _ for each hyphen, behind LB_.
.B LB_HEALTH_PATH
is
.BR \-\-health\-path ,
.B LB_DEMO=on
is
.BR \-\-demo .
The command line wins; an empty variable counts as unset.
.PP
Of a service manager such as systemd:
.TP
.BR LISTEN_FDS ", " LISTEN_PID
Listening sockets that are there already, in place of
.BR \-\-listen ", " \-\-host " and " \-\-port ;
see
.BR sd_listen_fds (3).
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC ", " WATCHDOG_PID
Where to tell that
.B lb
listens, how many servers are up, that it is alive and that it is about to leave, and how often; see
.BR sd_notify (3).
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
Stop listening, finish the requests in hand for up to
.BR \-\-drain\-timeout ,
and exit.
A second one ends at once.
.TP
.B SIGUSR2
Start the program anew, with the same arguments, and hand over the sockets and what is known of the
servers.
When the new process is ready, finish the requests in hand and exit; if it fails, or is not ready
within 10 s, serve on.
.TP
.B SIGHUP
Ignored: there is nothing to reload.
.SH EXIT STATUS
.TP
.B 0
Clean.
.TP
.B 1
Could not start, such as when the port is in use or a name cannot be resolved.
.TP
.B 2
Usage: a flag or a variable is wrong, or no servers were given.
One line on stderr says which, and what was expected.
.TP
.B 3
Forced:
.B \-\-drain\-timeout
passed, or a second signal came, and the requests that were still in hand have been cut.
.SH FILES
Of the Debian package;
.B lb
itself opens only what its flags name.
.TP
.I /etc/default/lb
The variables for lb.service.
.TP
.I /var/log/lb/
Where lb.service may write an access log.
.TP
.I /run/lb/
Where lb.service may make a unix socket.
.SH EXAMPLES
Three copies of a program behind port 8080 of this machine:
.PP
.RS 4
.EX
lb \-\-servers localhost:8081\-8083
.EE
.RE
.PP
Two servers behind port 80 of every address, checked by GET /ready:
.PP
.RS 4
.EX
lb \-s 10.0.0.5:80 \-s 10.0.0.6:80 \-\-listen :80 \-\-health\-path /ready
.EE
.RE
.PP
Something to try, with a line for each request:
.PP
.RS 4
.EX
lb \-\-demo \-\-access\-log \-
.EE
.RE
.SH SEE ALSO
.BR curl (1),
.BR systemd.socket (5),
.BR systemd.service (5)
)";

// What troff would read as a hyphen, an accent or a quotation mark is meant as it is typed
// (groff_char(7)); a line that begins with . or ' would be a request.
std::string escaped(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out = "\\&";
  for (const char c : text) {
    switch (c) {
      case '-':
        out += "\\-";
        break;
      case '\\':
        out += "\\e";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + escaped(text) + "\\fR";
}

// "-p, --port N"
std::string term(const Flag& flag) {
  std::string line;
  if (flag.letter != 0) line = bold(std::string("-") + flag.letter) + ", ";
  line += bold("--" + std::string(flag.name));
  if (!flag.is_switch()) line += " \\fI" + escaped(flag.argument) + "\\fR";
  return line;
}

std::string entry(const Flag& flag) {
  std::string text = ".TP\n" + term(flag) + "\n" + escaped(flag.description) + ".\n";
  if (!flag.default_value.empty()) text += "Default: " + bold(flag.default_value) + ".\n";
  return text;
}

}  // namespace

std::string man_page() {
  std::string text(kHeading);
  text += kBeforeOptions;
  for (const Section& section : sections()) {
    text += ".SS \"" + escaped(section.title) + "\"\n";
    for (const Flag& flag : flags()) {
      if (flag.group == section.group) text += entry(flag);
    }
  }
  return text.append(kAfterOptions);
}

}  // namespace lb::app
