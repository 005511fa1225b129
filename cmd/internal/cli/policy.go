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
	Check policyCheckCmd `cmd:"" settings:"config" help:"Test whether a policy allows a request, and if not, why. Needs no running server." zh:"测试策略是否允许某个请求，不允许时说明原因，不需要运行中的服务器。"`
}

type policyCheckCmd struct {
	showFlags
	Policy    string   `help:"Policy: a JSON document of version 2.0; - for standard input." required:"" placeholder:"FILE" zh:"策略：2.0 版的 JSON 文档；- 表示标准输入。"`
	Kind      string   `help:"What the policy is attached to: key, a temporary key; user, a sub-account or a role; bucket (default: key; with --principal: bucket)." placeholder:"KIND" enum:"key,user,bucket," default:"" zh:"策略所属：key 为临时密钥，user 为子账号或角色，bucket 为存储桶（默认为 key，有 --principal 时为 bucket）。"`
	Action    string   `help:"Action to test, such as name/cos:PutObject; name/cos: may be left out." required:"" placeholder:"ACTION" zh:"要测试的操作，例如 name/cos:PutObject；可以省略 name/cos:。"`
	Resource  string   `help:"Resource of the action: qcs::cos:<region>:uid/<appid>:<bucket>/<key>, or <bucket>/<key> in any region; * for the list of buckets." required:"" placeholder:"RESOURCE" zh:"操作的资源：qcs::cos:<region>:uid/<appid>:<bucket>/<key>，或者任意地域的 <bucket>/<key>；* 表示存储桶列表。"`
	Principal string   `help:"Who asks: anonymous, or one such as qcs::cam::uin/100000000001:uin/100000000011. For a bucket policy (default there: anonymous)." placeholder:"PRINCIPAL" zh:"请求者：anonymous，或形如 qcs::cam::uin/100000000001:uin/100000000011。用于存储桶策略（默认为 anonymous）。"`
	Header    []string `help:"Header that the request sends, for conditions. May be repeated." placeholder:"NAME:VALUE" sep:"none" zh:"请求发送的头部，用于条件。可以重复。"`
	Param     []string `help:"Query parameter that the request sends, not encoded. May be repeated." placeholder:"NAME=VALUE" sep:"none" zh:"请求参数，不要编码。可以重复。"`
	IP        string   `name:"ip" help:"Source address of the request." placeholder:"ADDRESS" zh:"请求的来源地址。"`
	TLS       string   `name:"tls" help:"TLS version of the request: 1.0, 1.1, 1.2 or 1.3 (default: none, plain HTTP)." placeholder:"VERSION" enum:"1.0,1.1,1.2,1.3," default:"" zh:"请求所用的 TLS 版本：1.0、1.1、1.2 或 1.3（默认没有，即 HTTP）。"`
	At        string   `help:"Time of the request: RFC 3339, Unix seconds, or as in a Date header (default: now by the configured clock)." placeholder:"TIME" zh:"请求的时刻：RFC 3339、Unix 秒或 Date 头部的格式（默认为配置的时钟的当前时间）。"`
}

// Details is the longer help of the command.
func (policyCheckCmd) Details() (en, zh string) {
	return `For example, whether a temporary key with this policy may upload a picture of 2 MB:

  cosemu policy check --policy policy.json --action PutObject \
    --resource qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/in/a.jpg \
    --header 'Content-Length: 2097152' --header 'Content-Type: image/jpeg'

It names the statement that decides, or the closest one and what it lacks, and a statement to add. Only this policy is ` +
			`judged: a temporary key is also limited by the rights of its issuer, and a request can also be ` +
			`allowed by a bucket's policy or ACL.

Exit codes: 0 allowed, 1 denied or not allowed, 2 the policy or a flag is wrong.`,
		`例如，带有这份策略的临时密钥能否上传 2 MB 的图片：

  cosemu policy check --policy policy.json --action PutObject \
    --resource qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/in/a.jpg \
    --header 'Content-Length: 2097152' --header 'Content-Type: image/jpeg'

它指出由哪条 statement 决定；没有一条适用时，指出最接近的那条缺什么，并给出可以加入的 statement。它只看这一份策略：` +
			`对临时密钥，申请者自己的权限同样有效；请求也可能由存储桶策略或 ACL 允许。

退出码：0 允许，1 拒绝或不允许，2 策略或选项有误。`
}

// Run judges the request, and prints the verdict.
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
		return misused("--%s %s", "--%s：%s", wrong.Field, wrong.Reason)
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
	return v.print(p)
}

// read reads the document. Its limit is above that of a policy, so that a long
// policy is refused for its length.
func (c *policyCheckCmd) read(p *process) ([]byte, error) {
	const most = 1 << 20
	if c.Policy == "-" {
		if _, ok := terminalOf(p.stdin); ok {
			if _, err := fmt.Fprintln(p.stderr, p.say("Paste the policy, then press Ctrl-D on a line of its own:", "请粘贴策略，然后另起一行按 Ctrl-D：")); err != nil {
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

// question makes the question from the flags.
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
			return nil, misused("--param wants NAME=VALUE", "--param 应写成 NAME=VALUE")
		}
		q.Params[name] = value
	}
	if q.At, err = readAt(c.At); err == nil && q.At.IsZero() {
		q.At = newClock(s).Now()
	}
	return q, err
}

// readHeaders parses the values of --header.
func readHeaders(lines []string) (http.Header, error) {
	h := http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, misused("--header wants NAME:VALUE", "--header 应写成 NAME:VALUE") // it may hold a token
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return h, nil
}
