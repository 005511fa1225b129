package cli

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
)

// A helpPage is the help of a command in one language. The parser's own printer
// writes English, and breaks lines at blanks alone.
type helpPage struct {
	process *process
	out     strings.Builder
	width   int
}

// helpWidth is the most columns that help takes.
const helpWidth = 100

// help is a kong.HelpPrinter. A summary is the usage alone.
func (p *process) help(options kong.HelpOptions, ctx *kong.Context) error {
	p.speak(ctx)
	h := &helpPage{process: p, width: min(helpWidth, p.style().Width)}
	node, command := ctx.Model.Node, ctx.Selected()
	if command != nil {
		node = command
	}
	h.usage(ctx.Model, node)
	if !options.Summary {
		h.details(node)
		h.arguments(node)
		if command == nil {
			h.commands(node) // what a newcomer looks for
			h.flags(node)
		} else {
			h.flags(node)
			h.commands(node)
		}
	}
	switch {
	case options.Summary:
		h.line("")
		h.line(p.say(`Run "`+node.FullPath()+` --help" for more information.`, `运行 "`+node.FullPath()+` --help" 可查看更多说明。`))
	case command == nil:
		h.line("")
		h.line(p.say(`Run "cosemu <command> --help" for more information on a command.`, `运行 "cosemu <command> --help" 可查看某个命令的说明。`))
	}
	_, err := ctx.Stdout.Write([]byte(h.out.String()))
	return err
}

func (h *helpPage) line(s string) { h.out.WriteString(strings.TrimRight(s, " ") + "\n") }

func (h *helpPage) usage(app *kong.Application, node *kong.Node) {
	summary := node.Summary()
	if node == app.Node {
		summary = app.Name + app.Summary()
	} else {
		summary = app.Name + " " + summary
	}
	h.line(h.process.say("Usage: ", "用法：") + summary)
	h.line("")
	if node == app.Node {
		h.paragraphs(h.process.say(about()))
		return
	}
	h.paragraphs(h.process.helpOf(node.Help, node.Tag, ""))
}

// helpOf is the help of a command or a flag; value stands for ${default}.
func (p *process) helpOf(en string, tag *kong.Tag, value string) string {
	if zh := tag.Get("zh"); p.lang == lang.Chinese && zh != "" {
		return strings.NewReplacer("${default}", value, "$$", "$").Replace(zh)
	}
	return en
}

func (h *helpPage) details(node *kong.Node) {
	if d, ok := node.Target.Addr().Interface().(interface{ Details() (en, zh string) }); ok {
		h.line("")
		h.paragraphs(h.process.say(d.Details()))
	}
}

// paragraphs are wrapped, but for indented ones.
func (h *helpPage) paragraphs(text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			h.line("")
		}
		if strings.HasPrefix(paragraph, " ") {
			h.line("  " + strings.ReplaceAll(paragraph, "\n", "\n  "))
			continue
		}
		for _, line := range view.Wrap(strings.ReplaceAll(paragraph, "\n", " "), h.width) {
			h.line(line)
		}
	}
}

func (h *helpPage) arguments(node *kong.Node) {
	rows := make([][2]string, 0, len(node.Positional))
	for _, arg := range node.Positional {
		rows = append(rows, [2]string{arg.Summary(), h.process.helpOf(arg.Help, arg.Tag, arg.Default)})
	}
	h.table(h.process.say("Arguments:", "参数："), rows)
}

// flags lists the flags of a command by their groups, those without one first.
func (h *helpPage) flags(node *kong.Node) {
	keys := []string{""}
	rows := map[string][][2]string{}
	for _, flags := range node.AllFlags(true) {
		for _, flag := range flags {
			if h.process.settings.Has(flag) && !takes(node, flag) {
				continue
			}
			key := ""
			if flag.Group != nil {
				key = flag.Group.Key
			}
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
			rows[key] = append(rows[key], [2]string{spelling(flag), h.process.flagHelp(flag)})
		}
	}
	for _, key := range keys {
		h.table(h.process.say(groupTitle(key)), rows[key])
	}
}

// flagHelp is the help of a flag.
func (p *process) flagHelp(flag *kong.Flag) string {
	if flag.Name == "help" { // the parser's own
		return p.say("Show this help.", "显示本说明。")
	}
	return p.helpOf(flag.Help, flag.Tag, flag.Default)
}

// spelling is a flag as it is given.
func spelling(flag *kong.Flag) string {
	s := "--" + flag.Name
	if flag.Tag.Negatable != "" {
		s = "--[no-]" + flag.Name
	}
	if flag.Short != 0 {
		s = "-" + string(flag.Short) + ", " + s
	}
	if !flag.IsBool() {
		s += "=" + flag.FormatPlaceHolder()
	}
	return s
}

// commands lists the commands by their groups, in the order of the grammar.
func (h *helpPage) commands(node *kong.Node) {
	var keys []string
	rows := map[string][][2]string{}
	for _, command := range node.Leaves(true) {
		if command == node {
			continue
		}
		top := command // whose group it is
		for top.Parent != nil && top.Parent.Type == kong.CommandNode {
			top = top.Parent
		}
		key := ""
		if top.Group != nil && node.Type == kong.ApplicationNode { // the commands of one command need no groups
			key = top.Group.Key
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
		rows[key] = append(rows[key], [2]string{command.Path(), h.process.helpOf(command.Help, command.Tag, "")})
	}
	for _, key := range keys {
		h.table(h.process.say(commandGroup(key)), rows[key])
	}
}

// table writes rows of a name and what it means, in two columns.
func (h *helpPage) table(title string, rows [][2]string) {
	if len(rows) == 0 {
		return
	}
	h.line("")
	h.line(title)
	left, most := 0, max(30, h.width*3/8)
	for _, row := range rows {
		if n := view.Width(row[0]); n < most {
			left = max(left, n)
		}
	}
	indent := strings.Repeat(" ", 2+left+4)
	for _, row := range rows {
		name := "  " + row[0]
		for i, line := range view.Wrap(row[1], h.width-len(indent)) {
			switch {
			case i > 0:
				h.line(indent + line)
			case view.Width(row[0]) > left:
				h.line(name)
				h.line(indent + line)
			default:
				h.line(view.Pad(name, len(indent)) + line)
			}
		}
	}
}
