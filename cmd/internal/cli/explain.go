package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/answer"
	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/storage"
)

type explainCmd struct {
	showFlags
	Request string   `arg:"" optional:"" help:"A URL, a whole curl command as one argument, a refusal's body, or the name of a file that holds what you have. Left out, or -, it is read from standard input." placeholder:"URL|CURL|FILE"`
	Body    string   `help:"The body with which the real cloud refused it: <Error>…</Error>, as copied; - for standard input." placeholder:"FILE"`
	Method  string   `help:"Method of the request (default: as the curl command or the body has it; with a URL alone the one it was signed for)." placeholder:"METHOD"`
	Header  []string `help:"Header that the request sends. May be repeated." placeholder:"NAME:VALUE" sep:"none"`
	At      string   `help:"When the request is judged: RFC 3339, Unix seconds, or as in a Date header (default: the ServerTime of the body, else now by the configured clock)." placeholder:"TIME"`
	Prove   bool     `help:"Ask for the SecretKey on the terminal, without showing it, when neither $$COSEMU_SECRET_KEY nor the configuration has it."`
}

// Help is the longer help of the command.
func (explainCmd) Help() string {
	return `It needs no server and no network. Run it, paste what you have, and end with Ctrl-D:

  cosemu explain

or give a URL, with the method and headers it is used with:

  cosemu explain --method PUT --header 'Content-Type: image/jpeg' 'https://…?q-sign-algorithm=sha1&…'

or the curl command that failed, from a file, because it has quotes of its own:

  cosemu explain failed.sh

or what a browser, an SDK or a terminal shows: fetch, axios or PowerShell code, curl -v, the headers of DevTools, a HAR entry, an exception, a complaint over CORS; with other text around it.

Or the 403 of the real cloud. Its FormatString is what the cloud made of the request: it is checked against ` +
		`StringToSign, and with the request beside it the line that differs is named:

  cosemu explain --body 403.xml 'https://…?q-sign-algorithm=sha1&…'

With the SecretKey the cause is not guessed but proven: a change to what was signed counts only when the ` +
		`signature comes out that the client made. The key is taken from $COSEMU_SECRET_KEY, from the configuration, or ` +
		`from a prompt with --prove; never from a flag, which other users could see, and it is never shown.

Exit codes: 0 explained, or nothing is wrong; 1 the text could not be read; 2 flags or configuration make no sense.`
}

// Run reads what there is, has it judged, and shows what came of it.
func (c *explainCmd) Run(p *process) error {
	s, err := p.load()
	if err != nil {
		return err
	}
	q, err := c.question(p)
	if err != nil {
		return err
	}
	judge, done, err := offlineJudge(s)
	if err != nil {
		return err
	}
	defer done()
	doc, err := judge.Explain(q)
	if err != nil {
		return misuse(err)
	}
	if c.Prove && !doc.SecretKnown && doc.SecretID != "" {
		if q.Secret, err = askSecretOf(p, doc.SecretID); err != nil {
			return err
		}
		if doc, err = judge.Explain(q); err != nil {
			return misuse(err)
		}
	}
	return c.showDocument(p, doc)
}

// offlineJudge is an emulator of the configuration, in memory and without a
// port: what it says of a request is what the server would say. Its data folder
// and its seed are left alone.
func offlineJudge(s config.Settings) (judge *emulator.Control, done func(), err error) {
	st, err := storage.OpenMemory(storage.Options{})
	if err != nil {
		return nil, nil, err
	}
	done = func() { _ = st.Close() } // in memory: nothing can be lost
	e, err := emulator.New(emulatorConfig(s, callable(s.Listen)), st)
	if err != nil {
		done()
		return nil, nil, err
	}
	return e.NewControl(emulator.ControlOptions{Listen: s.Console, API: callable(s.Listen)}), done, nil
}

// misuse makes an error over flags of one over the question that they make.
func misuse(err error) error {
	switch {
	case errors.Is(err, emulator.ErrTwoRefusals):
		return usageError("the request comes with a body of its own, so --body is one too many")
	case errors.Is(err, emulator.ErrNoRequest):
		return usageError("--method and --header belong to a request, and there is none beside the body")
	}
	return err
}

// showDocument shows what POST /api/v1/explain answers.
func (c *explainCmd) showDocument(p *process, doc *emulator.Explanation) error {
	raw, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	e := answer.Explanation{SecretKnown: doc.SecretKnown}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	return c.show(p, e.Page(), doc)
}

// readAt reads the flag --at; zero when it was not given.
func readAt(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := http.ParseTime(s); err == nil {
		return t, nil
	}
	t, err := config.Instant(s)
	if err != nil {
		return t, usageError("--at: " + err.Error())
	}
	return t, nil
}

// question gathers what was given.
func (c *explainCmd) question(p *process) (emulator.Question, error) {
	q := emulator.Question{Method: c.Method, Offline: true, Secret: lookup(p.env, config.EnvSecretKey)}
	header, err := readHeaders(c.Header)
	if err != nil {
		return q, err
	}
	if len(header) > 0 {
		q.Header = header
	}
	if q.At, err = readAt(c.At); err != nil {
		return q, err
	}
	switch {
	case c.Body == "-" && c.Request == "-":
		return q, usageError("standard input can be read once: give - for the request or for --body, not for both")
	case isFile(c.Request):
		q.Text, err = readBody(c.Request)
	case c.Request != "" && c.Request != "-":
		q.Text = c.Request
	case c.Request == "-" || c.Body == "":
		q.Text, err = readPasted(p, "Paste a URL, a command or the body of a refusal, then press Ctrl-D on a line of its own:")
		if err == nil && strings.TrimSpace(q.Text) == "" {
			return q, errors.New("there is nothing to explain")
		}
	}
	switch {
	case err != nil || c.Body == "":
	case c.Body == "-":
		q.Body, err = readPasted(p, "Paste the body of the refusal, then press Ctrl-D on a line of its own:")
	default:
		q.Body, err = readBody(c.Body)
	}
	if c.Body != "" && err == nil && strings.TrimSpace(q.Body) == "" {
		return q, emulator.ErrNoRefusal
	}
	return q, err
}

// readPasted reads standard input. On a terminal the reader is told what to do.
func readPasted(p *process, invitation string) (string, error) {
	if _, ok := terminalOf(p.stdin); ok {
		if _, err := fmt.Fprintln(p.stderr, invitation); err != nil {
			return "", err
		}
	}
	return readAll(p.stdin)
}

// isFile tells whether what was given to be explained is the name of a file that
// holds it. No URL and no command is the name of one.
func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func readBody(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, emulator.MaxPaste+1)) // one more is too long
	return string(data), err
}

var errNoTerminal = errors.New("standard input is no terminal")

// askSecretOf asks for the SecretKey of the pair that the request names.
func askSecretOf(p *process, id string) (string, error) {
	secret, err := p.askSecret(fmt.Sprintf("SecretKey of %.80q (it is not shown): ", id))
	if errors.Is(err, errNoTerminal) {
		return "", fmt.Errorf("--prove: %w to ask on: set %s to the SecretKey of %.80q", err, config.EnvSecretKey, id)
	}
	return strings.TrimSpace(secret), err
}
