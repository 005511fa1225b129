package cli

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completing is the command that the files below ask for candidates. It is no part of the grammar,
// so that help does not show it.
const completing = "__complete"

//go:embed complete
var completions embed.FS

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish." zh:"bash、zsh 或 fish。"`
}

// Details is the longer help of the command.
func (completionCmd) Details() (en, zh string) {
	return `It prints a file for the shell to read. For this session alone:

  source <(cosemu completion bash)

  source <(cosemu completion zsh)

  cosemu completion fish | source

For all sessions to come:

  cosemu completion bash > ~/.local/share/bash-completion/completions/cosemu

  cosemu completion zsh > /usr/local/share/zsh/site-functions/_cosemu

  cosemu completion fish > ~/.config/fish/completions/cosemu.fish`,
		`它输出供 shell 读取的文件。只对当前会话生效：

  source <(cosemu completion bash)

  source <(cosemu completion zsh)

  cosemu completion fish | source

对以后的所有会话生效：

  cosemu completion bash > ~/.local/share/bash-completion/completions/cosemu

  cosemu completion zsh > /usr/local/share/zsh/site-functions/_cosemu

  cosemu completion fish > ~/.config/fish/completions/cosemu.fish`
}

// Run prints the file.
func (c *completionCmd) Run(p *process) error {
	text, err := completions.ReadFile("complete/cosemu." + c.Shell)
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(text)
	return err
}

// complete prints what can stand in place of the last word, a line each: the word, a tab, and what
// it means. Nothing means: a file, or what only the user knows.
func (p *process) complete(words []string) int {
	parser, err := newParser(p, nil)
	if err != nil {
		return fail(p, err, exitFailed)
	}
	var out strings.Builder
	for _, c := range p.candidates(parser.Model, words) {
		fmt.Fprintf(&out, "%s\t%s\n", c[0], strings.Join(strings.Fields(c[1]), " "))
	}
	if _, err := io.WriteString(p.stdout, out.String()); err != nil {
		return exitFailed
	}
	return exitOK
}

// candidates are the words that can stand in place of the last one, each with its help.
func (p *process) candidates(model *kong.Application, words []string) (found [][2]string) {
	words = joinValues(words)
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
		words = words[:len(words)-1]
	}
	at := p.reach(model, words)
	add := func(word, help string) {
		if strings.HasPrefix(word, last) {
			found = append(found, [2]string{word, firstSentence(help)})
		}
	}
	values := func(before string, v *kong.Value) {
		for _, one := range v.EnumSlice() {
			if one != "" {
				add(before+one, "")
			}
		}
	}
	switch {
	case at.value != nil: // of the flag before
		values("", at.value)
	case strings.HasPrefix(last, "--") && strings.Contains(last, "="):
		name, _, _ := strings.Cut(last, "=")
		if flag := p.flagOf(at.node, name); flag != nil {
			values(name+"=", flag.Value)
		}
	case strings.HasPrefix(last, "-") && !at.ended:
		for _, flag := range p.flagsOf(at.node) {
			add("--"+flag.Name, p.flagHelp(flag))
		}
	default:
		for _, child := range at.node.Children {
			if !child.Hidden {
				add(child.Name, p.helpOf(child.Help, child.Tag, ""))
			}
		}
		if i := min(at.given, len(at.node.Positional)-1); i >= 0 {
			values("", at.node.Positional[i])
		}
	}
	return found
}

// firstSentence is what a shell has room for.
func firstSentence(help string) string {
	for _, end := range []string{". ", "。"} {
		if before, _, more := strings.Cut(help, end); more {
			help = before
		}
	}
	return strings.TrimSuffix(help, ".")
}

// reached is where a command line has come to.
type reached struct {
	node  *kong.Node
	value *kong.Value // the flag that waits for its value
	given int         // arguments of the command
	ended bool        // by "--": no flags follow
}

// reach walks a command line.
func (p *process) reach(model *kong.Application, words []string) reached {
	at := reached{node: model.Node}
	for _, word := range words {
		switch {
		case at.value != nil:
			at.value = nil
		case word == "--":
			at.ended = true
		case strings.HasPrefix(word, "-") && len(word) > 1 && !at.ended:
			if flag := p.flagOf(at.node, word); flag != nil && !flag.IsBool() {
				at.value = flag.Value
			}
		default:
			if i := slices.IndexFunc(at.node.Children, func(n *kong.Node) bool { return n.Name == word }); i >= 0 {
				at.node = at.node.Children[i]
			} else {
				at.given++
			}
		}
	}
	return at
}

// flagsOf are the flags that a command takes. Without one that is serve, as on the command line.
func (p *process) flagsOf(node *kong.Node) (flags []*kong.Flag) {
	if node.Type == kong.ApplicationNode {
		i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == "serve" })
		node = node.Children[i]
	}
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			if !p.settings.Has(flag) || takes(node, flag) {
				flags = append(flags, flag)
			}
		}
	}
	return flags
}

// flagOf finds a flag by its word; nil: there is none, or its value stands in the word.
func (p *process) flagOf(node *kong.Node, word string) *kong.Flag {
	for _, flag := range p.flagsOf(node) {
		if word == "--"+flag.Name || flag.Short != 0 && word == "-"+string(flag.Short) {
			return flag
		}
	}
	return nil
}

// joinValues puts together what bash takes apart: "--lang", "=", "zh".
func joinValues(words []string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		if n := len(out) - 1; words[i] == "=" && n >= 0 && strings.HasPrefix(out[n], "--") {
			out[n] += "="
			if i+1 < len(words) {
				i++
				out[n] += words[i]
			}
			continue
		}
		out = append(out, words[i])
	}
	return out
}
