package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type clockCmd struct {
	Get     clockGetCmd     `cmd:"" default:"withargs" settings:"server" help:"Print the time (the default command)." zh:"显示时间（默认命令）。"`
	Set     clockSetCmd     `cmd:"" settings:"server" help:"Set the clock to a time, from which it runs." zh:"把时钟设到某一时刻，从那里继续走时。"`
	Freeze  clockFreezeCmd  `cmd:"" settings:"server" help:"Make the clock stand still." zh:"让时钟停住。"`
	Shift   clockShiftCmd   `cmd:"" settings:"server" help:"Run at a distance from the real time." zh:"与真实时间保持一段差距走时。"`
	Advance clockAdvanceCmd `cmd:"" settings:"server" help:"Move the clock by a duration." zh:"把时钟拨动一段时间。"`
	Reset   clockResetCmd   `cmd:"" settings:"server" help:"Return to the real time." zh:"恢复真实时间。"`
}

// clockFlags are the flags of all commands about the clock.
type clockFlags struct {
	Account string `help:"The clock of this account (APPID) alone (default: the server's and all accounts')." placeholder:"APPID" zh:"只针对这个账号（APPID）的时钟（默认为服务器和所有账号的时钟）。"`
	JSON    bool   `name:"json" help:"Print JSON, with the names of the control API." group:"show" zh:"输出 JSON，字段名与控制 API 相同。"`
}

type clockGetCmd struct{ clockFlags }

type clockSetCmd struct {
	clockFlags
	Time string `arg:"" help:"RFC 3339, such as 2026-11-24T08:00:00Z, or Unix seconds." zh:"RFC 3339 时间，例如 2026-11-24T08:00:00Z，或 Unix 秒。"`
}

type clockFreezeCmd struct {
	clockFlags
	Time string `arg:"" optional:"" help:"Where it stands, as for set (default: now)." zh:"停在哪一时刻，写法与 set 相同（默认为现在）。"`
}

type clockShiftCmd struct {
	clockFlags
	By string `arg:"" help:"Distance from the real time: -20m, 8h, 7d." zh:"与真实时间的差距：-20m、8h、7d。"`
}

type clockAdvanceCmd struct {
	clockFlags
	By string `arg:"" help:"How far: 15m, 25h, -1h." zh:"拨动多少：15m、25h、-1h。"`
}

type clockResetCmd struct{ clockFlags }

// Details is the longer help of the command.
func (clockGetCmd) Details() (en, zh string) {
	return `Signatures, expiry and dates follow the server's clock. For example, an hour later:

  cosemu clock advance 1h

a client whose clock is 20 minutes behind:

  cosemu clock shift 20m

and back to the real time:

  cosemu clock reset`,
		`签名、有效期和日期都以服务器的时钟为准。例如，拨到一小时后：

  cosemu clock advance 1h

模拟客户端时钟慢 20 分钟：

  cosemu clock shift 20m

恢复真实时间：

  cosemu clock reset`
}

// Run prints the clock.
func (c *clockGetCmd) Run(p *process) error { return c.call(p, http.MethodGet, "", nil) }

// Run sets the clock.
func (c *clockSetCmd) Run(p *process) error {
	at, err := readTime(c.Time)
	if err != nil {
		return err
	}
	return c.call(p, http.MethodPut, "", map[string]any{"now": at, "frozen": false})
}

// Run freezes the clock.
func (c *clockFreezeCmd) Run(p *process) error {
	body := map[string]any{"frozen": true}
	if c.Time != "" {
		at, err := readTime(c.Time)
		if err != nil {
			return err
		}
		body["now"] = at
	}
	return c.call(p, http.MethodPut, "", body)
}

// Run shifts the clock.
func (c *clockShiftCmd) Run(p *process) error {
	return c.call(p, http.MethodPut, "", map[string]any{"offset": strings.TrimPrefix(c.By, "+")})
}

// Run advances the clock.
func (c *clockAdvanceCmd) Run(p *process) error {
	return c.call(p, http.MethodPost, "/advance", map[string]any{"by": strings.TrimPrefix(c.By, "+")})
}

// Run lets the clock follow the real time.
func (c *clockResetCmd) Run(p *process) error { return c.call(p, http.MethodDelete, "", nil) }

// readTime reads a time on the command line.
func readTime(s string) (time.Time, error) {
	if sec, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(sec, 0).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return at, misused("%q is no time: want one such as 2026-11-24T08:00:00Z, or Unix seconds",
			"%q 不是时间：应形如 2026-11-24T08:00:00Z，或 Unix 秒", s)
	}
	return at, nil
}

// call makes a call about the clock and prints the clock.
func (f *clockFlags) call(p *process, method, sub string, body any) error {
	data, err := p.control(method, "/api/v1/clock"+sub+accountQuery(f.Account), body)
	if err != nil {
		return err
	}
	if f.JSON {
		_, err = fmt.Fprintln(p.stdout, strings.TrimSpace(string(data)))
		return err
	}
	var c clockState
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	_, err = io.WriteString(p.stdout, c.text(p.say)+"\n")
	return err
}

// text is the clock in a line.
func (c *clockState) text(say func(en, zh string) string) string {
	now := c.Now.UTC().Format(time.RFC3339)
	offset, _ := time.ParseDuration(c.Offset) // a frozen clock has none
	switch {
	case c.Frozen:
		return fmt.Sprintf(say("%s, frozen", "%s，已停住"), now)
	case offset.Abs() < time.Second:
		return fmt.Sprintf(say("%s, the real time", "%s，真实时间"), now)
	case offset < 0:
		return fmt.Sprintf(say("%s, %s behind the real time", "%s，比真实时间慢 %s"), now, -offset.Round(time.Second))
	}
	return fmt.Sprintf(say("%s, %s ahead of the real time", "%s，比真实时间快 %s"), now, offset.Round(time.Second))
}

func accountQuery(appID string) string {
	if appID == "" {
		return ""
	}
	return "?account=" + url.QueryEscape(appID)
}

// control makes a call to the running server's control API and returns its answer.
func (p *process) control(method, target string, body any) ([]byte, error) {
	j, err := p.journal()
	if err != nil {
		return nil, err
	}
	var sent []byte
	if body != nil {
		if sent, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalTimeout)
	defer cancel()
	status, data, err := j.read(j.ask(ctx, method, target, sent))
	if err == nil && status >= http.StatusMultipleChoices {
		err = j.problem(status, data)
	}
	return data, err
}

type resetCmd struct {
	Account string `help:"Reset this account (APPID) alone." placeholder:"APPID" zh:"只重置这个账号（APPID）。"`
}

// Details is the longer help of the command.
func (resetCmd) Details() (en, zh string) {
	return `It removes all objects, unfinished uploads, versions, temporary keys and requests, and the accounts that were made. Configured buckets and key pairs are as at the start, and so is the clock.

With --account it empties the buckets of the account, removes its requests and returns its clock to its start.`,
		`它删除全部对象、未完成的上传、历史版本、临时密钥和请求记录，以及创建的账号。配置中的存储桶和密钥恢复到启动时的状态，时钟也是。

使用 --account 时，清空该账号的存储桶，删除它的请求记录，并把它的时钟恢复到起点。`
}

// Run resets the server, or an account.
func (c *resetCmd) Run(p *process) error {
	if _, err := p.control(http.MethodPost, "/api/v1/reset"+accountQuery(c.Account), nil); err != nil {
		return err
	}
	text := p.say("The server is as at its start.", "服务器已恢复到启动时的状态。")
	if c.Account != "" {
		text = fmt.Sprintf(p.say("The account %s is as at its start.", "账号 %s 已恢复到起始状态。"), c.Account)
	}
	_, err := fmt.Fprintln(p.stdout, text)
	return err
}
