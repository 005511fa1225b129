package cli

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/offline"
	"github.com/cosemu/cosemu/cmd/internal/cli/paste"
	"github.com/cosemu/cosemu/signer"
)

type explainCmd struct {
	configFlag
	showFlags
	Request string   `arg:"" optional:"" help:"A URL, a whole curl command as one argument, or a refusal's body. Left out, or -, it is read from standard input." placeholder:"URL|CURL"`
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

  cosemu explain < failed.sh

or the 403 of the real cloud. Its FormatString is what the cloud made of the request: it is checked against ` +
		`StringToSign, and with the request beside it the line that differs is named:

  cosemu explain --body 403.xml 'https://…?q-sign-algorithm=sha1&…'

With the SecretKey the cause is not guessed but proven: a change to what was signed counts only when the ` +
		`signature comes out that the client made. The key is taken from $COSEMU_SECRET_KEY, from the configuration, or ` +
		`from a prompt with --prove; never from a flag, which other users could see, and it is never shown.

Exit codes: 0 explained, or nothing is wrong; 1 the text could not be read; 2 flags or configuration make no sense.`
}

// Run reads what there is, judges it, and shows what came of it.
func (c *explainCmd) Run(p *process) error {
	s, err := p.load(c.Config)
	if err != nil {
		return err
	}
	header, err := readHeaders(c.Header)
	if err != nil {
		return err
	}
	at, err := readAt(c.At)
	if err != nil {
		return err
	}
	text, err := c.read(p)
	if err != nil {
		return err
	}
	k, err := c.makeCase(text, header)
	if err != nil {
		return err
	}
	k.Now = at
	if k.Now.IsZero() && k.Cloud == nil {
		k.Now = newClock(s).Now()
	}
	know(&k, s)
	if err := c.findSecret(p, &k); err != nil {
		return err
	}
	e, err := offline.Explain(k)
	if err != nil {
		return err
	}
	e.URLAlone = text.URL != "" && len(header) == 0
	return c.show(p, e.Page(), e)
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

// read gathers the texts that were given.
func (c *explainCmd) read(p *process) (paste.Text, error) {
	var found paste.Text
	switch {
	case c.Body == "-" && c.Request == "-":
		return found, usageError("standard input can be read once: give - for the request or for --body, not for both")
	case c.Request != "" && c.Request != "-":
		t, err := paste.Read(c.Request)
		if err != nil {
			return found, err
		}
		found = t
	case c.Request == "-" || c.Body == "":
		t, err := readPasted(p, "Paste a URL, a curl command or the body of a refusal, then press Ctrl-D on a line of its own:")
		if err != nil {
			return found, err
		}
		found = t
	}
	if c.Body == "" {
		return found, nil
	}
	if found.Cloud != nil {
		return found, usageError("the request comes with a body of its own, so --body is one too many")
	}
	var body paste.Text
	var err error
	if c.Body == "-" {
		body, err = readPasted(p, "Paste the body of the refusal, then press Ctrl-D on a line of its own:")
	} else {
		body, err = readBody(c.Body)
	}
	if err != nil {
		return found, err
	}
	if body.Cloud == nil {
		return found, errors.New("the body holds no refusal: there is no <Error>…</Error> in it")
	}
	found.Cloud = body.Cloud
	if found.URL == "" && found.Curl == nil { // pasted along with the body
		found.URL, found.Curl = body.URL, body.Curl
	}
	return found, nil
}

// readPasted reads standard input. On a terminal the reader is told what to do.
func readPasted(p *process, invitation string) (paste.Text, error) {
	if _, ok := terminalOf(p.stdin); ok {
		if _, err := fmt.Fprintln(p.stderr, invitation); err != nil {
			return paste.Text{}, err
		}
	}
	return readAll(p.stdin)
}

func readBody(name string) (paste.Text, error) {
	f, err := os.Open(name)
	if err != nil {
		return paste.Text{}, err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) (paste.Text, error) {
	data, err := io.ReadAll(io.LimitReader(r, paste.MaxBytes+1))
	if err != nil {
		return paste.Text{}, err
	}
	return paste.Read(string(data))
}

// makeCase puts the request together of the text and the flags, which count
// over it.
func (c *explainCmd) makeCase(text paste.Text, header http.Header) (offline.Case, error) {
	k := offline.Case{Cloud: text.Cloud}
	var err error
	switch {
	case text.Curl != nil:
		curl := *text.Curl
		curl.Header = curl.Header.Clone()
		for name, values := range header {
			curl.Header[name] = values
		}
		if c.Method != "" {
			curl.Method = c.Method
		}
		k.Request, err = curl.Request()
	case text.URL != "":
		method := c.Method
		if method == "" {
			method, k.AnyMethod = http.MethodPut, true
		}
		k.Request, err = signer.NewRequest(method, text.URL, header)
	case c.Method != "" || len(header) > 0:
		return k, usageError("--method and --header belong to a request, and there is none beside the body")
	}
	if err != nil {
		return k, fmt.Errorf("the URL cannot be read: %s", strings.TrimPrefix(err.Error(), "signer: "))
	}
	return k, nil
}

// know tells the case what the configuration says.
func know(k *offline.Case, s config.Settings) {
	k.Keys, k.Domains, k.Aliases = s.Credentials, s.Domains, s.Aliases
	k.Hosts = []string{callable(s.Listen)}
	k.Regions = make(map[string]string, len(s.Buckets))
	for _, b := range s.Buckets {
		k.Regions[b.Name] = b.Region
	}
}

var errNoTerminal = errors.New("standard input is no terminal")

// findSecret finds the SecretKey of the pair that the request names.
func (c *explainCmd) findSecret(p *process, k *offline.Case) error {
	k.Secret = lookup(p.env, config.EnvSecretKey)
	id, known := k.SecretOf()
	if known || id == "" || !c.Prove {
		return nil
	}
	secret, err := p.askSecret(fmt.Sprintf("SecretKey of %.80q (it is not shown): ", id))
	if errors.Is(err, errNoTerminal) {
		return fmt.Errorf("--prove: %w to ask on: set %s to the SecretKey of %.80q", err, config.EnvSecretKey, id)
	}
	k.Secret = strings.TrimSpace(secret)
	return err
}
