package cli

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/emulator"
)

// policyCmd gathers the commands about policies.
type policyCmd struct {
	Check policyCheckCmd `cmd:"" settings:"config" help:"Say whether a policy allows a request, and if not, why. Needs no running server."`
}

type policyCheckCmd struct {
	showFlags
	Policy    string   `help:"The policy, a JSON document of version 2.0; - for standard input." required:"" placeholder:"FILE"`
	Kind      string   `help:"What the policy is attached to: key, a temporary key; user, a sub-account or a role; bucket (default: key, with --principal bucket)." placeholder:"KIND" enum:"key,user,bucket," default:""`
	Action    string   `help:"What is asked for, such as name/cos:PutObject; name/cos: may be left out." required:"" placeholder:"ACTION"`
	Resource  string   `help:"What it is asked for: qcs::cos:<region>:uid/<appid>:<bucket>/<key>, or <bucket>/<key> in any region; * for the list of buckets." required:"" placeholder:"RESOURCE"`
	Principal string   `help:"Who asks: anonymous, or one such as qcs::cam::uin/100000000001:uin/100000000011. A bucket's policy asks for it (default there: anonymous)." placeholder:"PRINCIPAL"`
	Header    []string `help:"Header that the request sends, for conditions. May be repeated." placeholder:"NAME:VALUE" sep:"none"`
	Param     []string `help:"Query parameter that the request sends, not encoded. May be repeated." placeholder:"NAME=VALUE" sep:"none"`
	IP        string   `name:"ip" help:"Address that the request comes from." placeholder:"ADDRESS"`
	TLS       string   `name:"tls" help:"Version of TLS that it comes by: 1.0, 1.1, 1.2 or 1.3 (default: none, plain HTTP)." placeholder:"VERSION" enum:"1.0,1.1,1.2,1.3," default:""`
	At        string   `help:"When it comes: RFC 3339, Unix seconds, or as in a Date header (default: now by the configured clock)." placeholder:"TIME"`
}

// Help is the longer help of the command.
func (policyCheckCmd) Help() string {
	return `For example, whether a temporary key with this policy may upload 2 MB of picture:

  cosemu policy check --policy policy.json --action PutObject \
    --resource qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/in/a.jpg \
    --header 'Content-Length: 2097152' --header 'Content-Type: image/jpeg'

It tells which statement decides, or which comes closest and what that one misses, and a statement to add. One policy ` +
		`is looked at alone: of a temporary key the rights of whoever asked for it count as well, and a request can be ` +
		`allowed by a bucket's policy or ACL.

Exit codes: 0 allowed, 1 denied or not allowed, 2 the policy or a flag makes no sense.`
}

// Run judges the request, and shows what came of it.
func (c *policyCheckCmd) Run(p *process) error {
	s, err := p.load()
	if err != nil {
		return err
	}
	q, err := c.question(s)
	if err != nil {
		return err
	}
	doc, err := c.read(p)
	if err != nil {
		return err
	}
	a, err := emulator.CheckPolicy(doc, q)
	if wrong := (*emulator.PolicyQuestionError)(nil); errors.As(err, &wrong) {
		return usageError("--" + wrong.Field + " " + wrong.Reason)
	}
	if err != nil {
		return unusableError{err}
	}
	v := (*policyVerdict)(a)
	if err := c.print(p, v); err != nil {
		return err
	}
	if v.Verdict != emulator.PolicyAllowed {
		return errRefused
	}
	return nil
}

func (c *policyCheckCmd) print(p *process, v *policyVerdict) error {
	if c.JSON {
		return c.show(p, view.Page{}, v)
	}
	return v.print(p, c.Lang)
}

// read reads the document, of which more than the longest policy is read so
// that a longer one is refused for its length.
func (c *policyCheckCmd) read(p *process) ([]byte, error) {
	const most = 1 << 20
	if c.Policy == "-" {
		if _, ok := terminalOf(p.stdin); ok {
			if _, err := fmt.Fprintln(p.stderr, "Paste the policy, then press Ctrl-D on a line of its own:"); err != nil {
				return nil, err
			}
		}
		return io.ReadAll(io.LimitReader(p.stdin, most))
	}
	f, err := os.Open(c.Policy)
	if err != nil {
		return nil, unusableError{err}
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// question puts the question together of the flags.
func (c *policyCheckCmd) question(s config.Settings) (*emulator.PolicyQuestion, error) {
	q := &emulator.PolicyQuestion{
		Kind: c.Kind, Action: c.Action, Resource: c.Resource, Principal: c.Principal, IP: c.IP, TLS: c.TLS, Params: map[string]string{},
	}
	var err error
	if q.Header, err = readHeaders(c.Header); err != nil {
		return nil, err
	}
	for _, pair := range c.Param {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, usageError("--param wants NAME=VALUE")
		}
		q.Params[name] = value
	}
	if q.At, err = readAt(c.At); err == nil && q.At.IsZero() {
		q.At = newClock(s).Now()
	}
	return q, err
}

// readHeaders reads the lines of a flag --header.
func readHeaders(lines []string) (http.Header, error) {
	h := http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usageError("--header wants NAME:VALUE") // it may hold a token
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return h, nil
}
