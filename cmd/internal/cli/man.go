package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct{}

// Details is the longer help of the command.
func (manCmd) Details() (en, zh string) {
	return `To read it now, or for all users to find:

  cosemu man | man -l -

  cosemu man > /usr/local/share/man/man1/cosemu.1`,
		`直接阅读，或供所有用户查阅：

  cosemu man | man -l -

  cosemu man > /usr/local/share/man/man1/cosemu.1`
}

// Run prints the manual page, made of the same texts as the help.
func (manCmd) Run(p *process) error {
	parser, err := newParser(p, nil)
	if err != nil {
		return err
	}
	m := &manual{process: p}
	m.page(parser.Model)
	_, err = io.WriteString(p.stdout, m.out.String())
	return err
}

// A manual is a page for man(1), in its language of macros.
type manual struct {
	process *process
	out     strings.Builder
}

// macro writes a line of its own: a macro and its arguments.
func (m *manual) macro(name string, args ...string) {
	m.out.WriteString("." + name)
	for _, a := range args {
		m.out.WriteString(` "` + strings.ReplaceAll(roff(a), `"`, `\(dq`) + `"`)
	}
	m.out.WriteByte('\n')
}

// text writes lines of text, which cannot be taken for macros.
func (m *manual) text(s string) {
	for line := range strings.SplitSeq(roff(s), "\n") {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		m.out.WriteString(strings.TrimSpace(line) + "\n")
	}
}

// roff spells what has a meaning in the language.
func roff(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "'", `\(aq`).Replace(s)
}

// paragraphs writes texts as help has them: indented ones stand as they are.
func (m *manual) paragraphs(text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if example, indented := strings.CutPrefix(paragraph, "  "); indented {
			m.macro("IP")
			m.macro("nf")
			m.text(strings.ReplaceAll(example, "\n  ", "\n"))
			m.macro("fi")
			continue
		}
		if i > 0 {
			m.macro("PP")
		}
		m.text(strings.ReplaceAll(paragraph, "\n", " "))
	}
}

func (m *manual) page(app *kong.Application) {
	say := m.process.say
	m.macro("TH", "COSEMU", "1", "", "cosemu "+versionText(), say("User Commands", "用户命令"))
	m.macro("SH", say("NAME", "名称"))
	m.text(say("cosemu - a local Tencent Cloud COS emulator", "cosemu - 本地的腾讯云 COS 模拟器"))
	m.macro("SH", say("SYNOPSIS", "概要"))
	m.macro("B", "cosemu")
	m.text(say("[command] [flags]", "[命令] [选项]"))
	m.macro("SH", say("DESCRIPTION", "说明"))
	m.paragraphs(say(about()))
	m.macro("SH", say("COMMANDS", "命令"))
	var serve *kong.Node
	for _, node := range app.Leaves(true) {
		if node.Path() == "serve" {
			serve = node
		}
		m.command(node)
	}
	m.macro("SH", say("FLAGS OF EVERY COMMAND", "所有命令的选项"))
	for _, flag := range app.Flags {
		if flag.Name == "help" || flag.Name == "lang" {
			m.flag(flag)
		}
	}
	m.macro("SH", say("SETTINGS", "配置"))
	m.text(say("Each is a flag of serve, a variable (COSEMU_LISTEN) and a key of the file that --config names (listen). "+
		"A flag counts before a variable, and a variable before the file.",
		"每项配置都可以写成 serve 的选项、环境变量（COSEMU_LISTEN）或 --config 文件里的键（listen）。优先级：选项、环境变量、文件。"))
	for _, flag := range m.process.flagsOf(serve) {
		if m.process.settings.Has(flag) {
			m.flag(flag)
		}
	}
	m.macro("SH", say("SEE ALSO", "参见"))
	m.text("https://github.com/cosemu/cosemu")
}

// command writes what a command does, and the flags that are its own.
func (m *manual) command(node *kong.Node) {
	m.macro("SS", "cosemu "+node.Summary())
	m.paragraphs(m.process.helpOf(node.Help, node.Tag, ""))
	if d, ok := node.Target.Addr().Interface().(interface{ Details() (en, zh string) }); ok {
		m.macro("PP")
		m.paragraphs(m.process.say(d.Details()))
	}
	for _, arg := range node.Positional {
		m.macro("TP")
		m.macro("B", arg.Summary())
		m.text(m.process.helpOf(arg.Help, arg.Tag, arg.Default))
	}
	var settings []string
	for _, flag := range m.process.flagsOf(node) {
		switch {
		case !m.process.settings.Has(flag):
			if !slices.Contains([]string{"help", "version", "lang"}, flag.Name) { // every command has these
				m.flag(flag)
			}
		case node.Path() != "serve":
			settings = append(settings, "--"+flag.Name)
		}
	}
	if len(settings) > 0 {
		m.macro("PP")
		m.text(fmt.Sprintf(m.process.say("Settings: %s.", "可用的配置：%s。"), strings.Join(settings, ", ")))
	}
}

func (m *manual) flag(flag *kong.Flag) {
	m.macro("TP")
	m.macro("B", spelling(flag))
	m.text(m.process.flagHelp(flag))
}
