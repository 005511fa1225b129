package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"golang.org/x/term"
)

// showFlags are the flags of commands that show a finding.
type showFlags struct {
	JSON bool   `name:"json" help:"Print JSON, with the names of the control API." group:"show"`
	Lang string `help:"Language: zh or en (default: as $$LC_ALL, $$LC_MESSAGES or $$LANG say)." placeholder:"LANG" enum:"zh,en," default:"" group:"show"`
}

// show prints a page, or the value that it was made of.
func (f *showFlags) show(p *process, page view.Page, value any) error {
	if f.JSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false) // or no '&' could be read
		return e.Encode(value)
	}
	_, err := io.WriteString(p.stdout, view.Render(page, p.style(f.Lang)))
	return err
}

// defaultWidth is for output that is no terminal and tells no width.
const defaultWidth = 100

// style fits a page to what stdout is.
func (p *process) style(lang string) view.Style {
	s := view.Style{Width: defaultWidth, Lang: lang}
	if lang == "" {
		s.Lang = language(p.env)
	}
	f, terminal := terminalOf(p.stdout)
	if terminal {
		s.Colour = lookup(p.env, "NO_COLOR") == "" && lookup(p.env, "TERM") != "dumb"
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			s.Width = w
		}
	}
	if w, err := strconv.Atoi(lookup(p.env, "COLUMNS")); err == nil && w > 0 && (!terminal || s.Width == defaultWidth) {
		s.Width = w
	}
	return s
}

// language is "zh" where the environment asks for Chinese messages, as the
// locale's variables take precedence over one another.
func language(env []string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := lookup(env, name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "zh") {
				return "zh"
			}
			return "en"
		}
	}
	return "en"
}

// terminalOf is the terminal behind a reader or a writer, if it is one.
func terminalOf(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// askSecret asks for a secret on the terminal, which does not show it.
func (p *process) askSecret(prompt string) (string, error) {
	f, ok := terminalOf(p.stdin)
	if !ok {
		return "", errNoTerminal
	}
	if _, err := fmt.Fprint(p.stderr, prompt); err != nil {
		return "", err
	}
	secret, err := term.ReadPassword(int(f.Fd()))
	_, _ = fmt.Fprintln(p.stderr) // the line break that was not shown either
	return string(secret), err
}
