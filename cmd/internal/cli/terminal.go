package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"golang.org/x/term"
)

// showFlags are the flags of commands that show a finding.
type showFlags struct {
	JSON bool `name:"json" help:"Print JSON, with the names of the control API." group:"show" zh:"输出 JSON，字段名与控制 API 相同。"`
}

// show prints a page, or with --json the value that it was made from.
func (f *showFlags) show(p *process, page view.Page, value any) error {
	if f.JSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false) // or no '&' could be read
		return e.Encode(value)
	}
	_, err := io.WriteString(p.stdout, view.Render(page, p.style()))
	return err
}

// defaultWidth is the width in columns where neither a terminal nor $COLUMNS
// gives one.
const defaultWidth = 100

// style is how pages look on stdout: width, colour and language.
func (p *process) style() view.Style {
	s := view.Style{Width: defaultWidth, Lang: p.lang}
	f, terminal := terminalOf(p.stdout)
	if terminal {
		s.Colour = lang.Lookup(p.env, "NO_COLOR") == "" && lang.Lookup(p.env, "TERM") != "dumb"
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			s.Width = w
		}
	}
	if w, err := strconv.Atoi(lang.Lookup(p.env, "COLUMNS")); err == nil && w > 0 && (!terminal || s.Width == defaultWidth) {
		s.Width = w
	}
	return s
}

// terminalOf returns a reader or a writer as a file, if it is a terminal.
func terminalOf(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// askSecret reads a secret from the terminal without echo.
func (p *process) askSecret(prompt string) (string, error) {
	f, ok := terminalOf(p.stdin)
	if !ok {
		return "", errNoTerminal
	}
	if _, err := fmt.Fprint(p.stderr, prompt); err != nil {
		return "", err
	}
	secret, err := term.ReadPassword(int(f.Fd()))
	_, _ = fmt.Fprintln(p.stderr) // the line break was not echoed either
	return string(secret), err
}
