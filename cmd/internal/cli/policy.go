package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/emulator/policy"
)

// policyCmd gathers the commands about policies.
type policyCmd struct {
	Check policyCheckCmd `cmd:"" help:"Say whether a policy allows a request, and if not, why. Needs no running server."`
}

type policyCheckCmd struct {
	configFlag
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
	s, err := p.load(c.Config)
	if err != nil {
		return err
	}
	r, err := c.request(s)
	if err != nil {
		return err
	}
	doc, err := c.read(p)
	if err != nil {
		return err
	}
	parsed, err := policy.Parse(doc, c.where())
	if err != nil {
		return unusableError{err}
	}
	v := judge(parsed, r)
	if err := c.print(p, v); err != nil {
		return err
	}
	if v.Verdict != verdictAllowed {
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

func (c *policyCheckCmd) where() policy.Where {
	switch {
	case c.Kind == "bucket", c.Kind == "" && c.Principal != "":
		return policy.Bucket
	case c.Kind == "user":
		return policy.Identity
	}
	return policy.Session
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

// request puts the request together of the flags.
func (c *policyCheckCmd) request(s config.Settings) (*policy.Request, error) {
	r, ok := policy.ReadResource(c.Resource)
	if !ok {
		return nil, usageError(fmt.Sprintf("--resource %.200q is no single resource: want qcs::cos:<region>:uid/<appid>:<bucket>/<key>, <bucket>/<key>, or *", c.Resource))
	}
	if r.Action, ok = policy.ReadAction(c.Action); !ok {
		return nil, usageError(fmt.Sprintf("--action %.80q is no single action: want one such as name/cos:PutObject", c.Action))
	}
	if err := c.caller(&r); err != nil {
		return nil, err
	}
	v, err := c.values(s)
	if err != nil {
		return nil, err
	}
	v.Caller = &r.Caller
	r.Values = v
	return &r, nil
}

// caller says who asks: without a principal whoever the key or the policy
// belongs to, of the account that owns what is asked for.
func (c *policyCheckCmd) caller(r *policy.Request) error {
	switch {
	case c.Principal != "":
		var ok bool
		if r.Caller, ok = policy.ReadCaller(c.Principal); !ok {
			return usageError(fmt.Sprintf("--principal %.200q is nobody in particular: want anonymous, or one such as qcs::cam::uin/100000000001:uin/100000000011", c.Principal))
		}
	case c.where() == policy.Bucket:
		r.Caller = policy.Caller{Anonymous: true}
	default:
		r.Caller = policy.Caller{AppID: r.AppID, OwnerUIN: r.OwnerUIN}
	}
	return nil
}

// values are what conditions look at.
func (c *policyCheckCmd) values(s config.Settings) (*policy.HTTPValues, error) {
	header, err := readHeaders(c.Header)
	if err != nil {
		return nil, err
	}
	v := &policy.HTTPValues{Header: header, Host: header.Get("Host"), ContentLength: -1, TLSVersion: policy.TLSVersion(c.TLS)}
	if length := header.Get("Content-Length"); length != "" {
		if v.ContentLength, err = strconv.ParseInt(length, 10, 64); err != nil || v.ContentLength < 0 {
			return nil, usageError(fmt.Sprintf("--header: the Content-Length %.40q is no number of bytes", length))
		}
	}
	params := map[string]string{}
	for _, pair := range c.Param {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, usageError("--param wants NAME=VALUE")
		}
		params[name] = value
	}
	v.Param = func(name string) (string, bool) {
		value, ok := params[name]
		return value, ok
	}
	if c.IP != "" {
		if v.IP, err = netip.ParseAddr(c.IP); err != nil {
			return nil, usageError(fmt.Sprintf("--ip %.60q is no address", c.IP))
		}
	}
	if v.Now, err = readAt(c.At); err == nil && v.Now.IsZero() {
		v.Now = newClock(s).Now()
	}
	return v, err
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
