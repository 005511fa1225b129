// Package cli is the cosemu command: its grammar, its commands, and the server
// process around an emulator.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

// Exit codes of the command.
const (
	exitOK     = 0
	exitFailed = 1 // the command failed
	exitUsage  = 2 // flags or configuration are wrong
)

// A process holds the environment and the streams of a command. Tests run
// commands with their own, without starting a process.
type process struct {
	env            []string // NAME=value
	lang           string   // of what is written
	stdin          io.Reader
	stdout, stderr io.Writer
	// signals sends interrupt and terminate signals to the channel, until the
	// returned function is called.
	signals  func(chan<- os.Signal) (stop func())
	serving  *serving // filled by the parser
	settings *config.Loader
}

// Main runs the command line args, which starts after the program's name, and
// returns the exit code. env holds NAME=value entries, as os.Environ does.
func Main(args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return run(args, &process{
		env: env, stdin: stdin, stdout: stdout, stderr: stderr,
		signals: func(c chan<- os.Signal) func() {
			signal.Notify(c, os.Interrupt, syscall.SIGTERM)
			return func() { signal.Stop(c) }
		},
	})
}

// spell expands short forms: without a command cosemu serves, and "help COMMAND"
// is "COMMAND --help".
func spell(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"serve"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	case args[0] == "clock":
		return negativeLast(args)
	case strings.HasPrefix(args[0], "-") && !slices.Contains([]string{"-h", "--help", "--version"}, args[0]):
		return append([]string{"serve"}, args...)
	}
	return args
}

// negativeLast moves a negative duration, such as -20m, behind "--", or it would be read as a flag.
func negativeLast(args []string) []string {
	i := slices.IndexFunc(args, func(a string) bool { return len(a) > 1 && a[0] == '-' && a[1] >= '0' && a[1] <= '9' })
	if i < 0 || slices.Contains(args, "--") {
		return args
	}
	return append(slices.Delete(slices.Clone(args), i, i+1), "--", args[i])
}

// newParser makes the parser of the command line args.
func newParser(p *process, args []string, options ...kong.Option) (*kong.Kong, error) {
	all := &grammar{}
	var root any = all
	if p.serving = &all.serving; len(args) > 0 && args[0] == "serve" {
		root = p.serving
	}
	p.settings = config.NewLoader(p.env)
	return kong.New(root, slices.Concat([]kong.Option{
		kong.Name("cosemu"),
		kong.Writers(p.stdout, p.stderr),
		kong.Vars{"version": versionLine()},
		kong.Help(p.help),
		kong.BindToProvider(p.session),
	}, p.settings.Options(), options)...)
}

// run parses args and runs the command that they name.
func run(args []string, p *process) int {
	p.lang = lang.Of(p.env)
	if len(args) > 0 && args[0] == completing {
		return p.complete(args[1:])
	}
	answered := false // by --help or --version
	args = spell(args)
	parser, err := newParser(p, args, kong.Exit(func(int) { answered = true }))
	if err != nil {
		return fail(p, fmt.Errorf("the command's own grammar: %w", err), exitFailed)
	}
	ctx, err := parser.Parse(args)
	if answered {
		return exitOK
	}
	if err != nil {
		var pe *kong.ParseError
		errors.As(err, &pe)
		p.speak(pe.Context)
		fail(p, wrongUsage(pe), exitUsage)
		printUsage(p, pe.Context)
		return exitUsage
	}
	p.speak(ctx)
	if flag := p.misplacedFlag(ctx); flag != "" {
		fail(p, lang.Errorf("unknown flag %s", "未知的选项 %s", flag), exitUsage)
		printUsage(p, ctx)
		return exitUsage
	}
	if err := ctx.Run(p); err != nil {
		return p.failed(ctx, err)
	}
	return exitOK
}

// takes reports whether a command has the flag of a setting.
func takes(command *kong.Node, flag *kong.Flag) bool {
	if command == nil {
		return false
	}
	for name := range strings.SplitSeq(command.Tag.Get("settings"), ",") {
		switch {
		case name == "all", name == flag.Name, name == "server" && findsServer(flag.Name):
			return true
		}
	}
	return false
}

// findsServer reports whether a command finds a running server, and gets in, by a setting.
func findsServer(setting string) bool {
	switch setting {
	case "config", "console", "ready-file", "control-token", "tls-cert":
		return true
	}
	return false
}

// misplacedFlag returns a flag of a setting that the command does not have;
// empty: there is none.
func (p *process) misplacedFlag(ctx *kong.Context) string {
	for _, step := range ctx.Path {
		if step.Flag != nil && !step.Resolved && p.settings.Has(step.Flag) && !takes(ctx.Selected(), step.Flag) {
			return "--" + step.Flag.Name
		}
	}
	return ""
}

// speak takes the language from --lang, where it was given.
func (p *process) speak(ctx *kong.Context) {
	for _, flag := range ctx.Model.Flags {
		if flag.Name != "lang" {
			continue
		}
		if given, _ := ctx.FlagValue(flag).(string); given == lang.English || given == lang.Chinese {
			p.lang = given
		}
	}
}

// say returns the text of the process's language.
func (p *process) say(en, zh string) string {
	if p.lang == lang.Chinese {
		return zh
	}
	return en
}

// failed reports the error of a command and returns the exit code for it.
func (p *process) failed(ctx *kong.Context, err error) int {
	var invalid *config.Invalid
	var wrong usageError
	var unusable unusableError
	switch {
	case errors.Is(err, errRefused):
		return exitFailed
	case errors.Is(err, errDamaged):
		return exitDamaged
	case errors.As(err, &unusable):
		return fail(p, err, exitUsage)
	case errors.As(err, &invalid):
		fail(p, err, exitUsage)
		if invalid.FromFlags() {
			printUsage(p, ctx)
		}
		return exitUsage
	case errors.As(err, &wrong), isMisuse(err):
		fail(p, err, exitUsage)
		printUsage(p, ctx)
		return exitUsage
	}
	return fail(p, err, exitFailed)
}

// A usageError is an error in the flags or arguments that the parser cannot see.
// The usage is printed with it.
type usageError struct{ error }

// Unwrap returns what is wrong.
func (e usageError) Unwrap() error { return e.error }

// misused is a usageError in both languages.
func misused(en, zh string, args ...any) error { return usageError{lang.Errorf(en, zh, args...)} }

// An unusableError is an error in what a flag names, such as a file. The usage
// would not help.
type unusableError struct{ error }

// Unwrap returns what is wrong.
func (e unusableError) Unwrap() error { return e.error }

// errRefused ends a command that has already printed its refusal.
var errRefused = errors.New("refused")

func fail(p *process, err error, code int) int {
	for line := range strings.SplitSeq(lang.Message(err, p.lang), "\n") {
		_, _ = fmt.Fprintln(p.stderr, "cosemu: "+line) // if stderr fails, nobody can be told
	}
	return code
}

// printUsage prints the usage of the command that ctx is about on stderr.
func printUsage(p *process, ctx *kong.Context) {
	if ctx == nil {
		return
	}
	if ctx.Selected() == nil { // no command was named: the list of them all would hide the error
		_, _ = fmt.Fprintln(p.stderr, p.say(`Run "cosemu help" for the commands.`, `运行 "cosemu help" 可查看所有命令。`))
		return
	}
	ctx.Stdout = p.stderr
	_ = ctx.PrintUsage(true) // likewise
}

// load returns the settings. Its error is a *config.Invalid.
func (p *process) load() (config.Settings, error) { return p.settings.Check(p.serving.Settings) }
