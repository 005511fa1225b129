package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

type reportCmd struct {
	filterFlags
	RequestID string `arg:"" optional:"" name:"request-id" help:"Only the request with this id." zh:"只导出这个 RequestId 的请求。"`
	Markdown  bool   `name:"markdown" xor:"format" group:"show" help:"Print a report to read and to pass on, which the console opens again. The default for one request." zh:"输出可阅读、可转交的报告，控制台可以重新打开。单个请求默认用这种格式。"`
	JSON      bool   `name:"json" xor:"format" group:"show" help:"Print JSON lines, with the names of the control API." zh:"输出 JSON Lines，字段名与控制 API 相同。"`
	HAR       bool   `name:"har" xor:"format" group:"show" help:"Print an HTTP archive, for browsers and other tools." zh:"输出 HAR，供浏览器和其他工具读取。"`
	JUnit     bool   `name:"junit" xor:"format" group:"show" help:"Print JUnit XML, for CI." zh:"输出 JUnit XML，供 CI 读取。"`
}

// Details is the longer help of the command.
func (reportCmd) Details() (en, zh string) {
	return `It exports the journal of the running server, oldest request first. Secrets are hidden; signatures are not, and each opens its one request until it expires.

With one request id it prints a report in Markdown: why it was refused, what came and went, what was signed. The console opens it again (Explain, Open a report).

  cosemu report <request-id> >report.md

In JUnit XML each refused request is a failure with its cause. A test that expects a refusal is left out by a filter:

  cosemu report --junit --operation PutObject >report.xml

A HAR holds what arrived, so cosemu explain reads it:

  cosemu report --har --verdict refused >refused.har

Exit codes: 0 exported, whatever the requests were; 1 no server answers or it has no such request; 2 wrong flags.`,
		`它导出运行中的服务器的请求日志，最早的请求在前。密钥和 Token 已隐藏，签名没有；每个签名在过期前只对它自己的请求有效。

只给出一个 RequestId 时，输出 Markdown 报告：拒绝的原因、收到和返回的内容、签名的内容。控制台可以重新打开它（诊断 → 打开报告）。

  cosemu report <request-id> >report.md

在 JUnit XML 里，每个被拒绝的请求都是一个失败，并附原因。测试本来就期望被拒绝的请求，用筛选选项排除：

  cosemu report --junit --operation PutObject >report.xml

HAR 里是实际收到的请求，cosemu explain 可以读取：

  cosemu report --har --verdict refused >refused.har

退出码：0 已导出，与请求的结果无关；1 没有服务器响应或没有这个请求；2 选项有误。`
}

// reportTimeout bounds an export: a full journal as JSON is some hundred megabytes.
const reportTimeout = 10 * time.Minute

// Run copies the report of the control API to stdout.
func (c *reportCmd) Run(p *process) error {
	query, err := c.query()
	if err != nil {
		return err
	}
	if c.RequestID != "" {
		id, err := readRequestID(c.RequestID)
		if err != nil {
			return err
		}
		query.Set("id", id)
	}
	if c.format() == "" {
		return misused("say a request id, or --markdown or --json or --har or --junit", "请给出 RequestId，或指明 --markdown、--json、--har 或 --junit")
	}
	query.Set("lang", p.say("en", "zh"))
	query.Set("format", c.format())
	j, err := p.journal()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), reportTimeout)
	defer cancel()
	return j.report(ctx, p.stdout, query)
}

func (c *reportCmd) format() string {
	switch {
	case c.HAR:
		return "har"
	case c.JUnit:
		return "junit"
	case c.JSON:
		return "json"
	case c.Markdown, c.RequestID != "":
		return "markdown"
	}
	return ""
}

// report copies a report. It fails for one that was cut off.
func (j *journalClient) report(ctx context.Context, to io.Writer, query url.Values) error {
	res, err := j.ask(ctx, http.MethodGet, "/api/v1/report?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	media := res.Header.Get("Content-Type")
	switch {
	case res.StatusCode != http.StatusOK && strings.HasPrefix(media, "application/problem+json"):
		data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		if err != nil {
			return lang.Errorf("%s: %v", "%s：%v", j.where, err)
		}
		return j.problem(res.StatusCode, json.RawMessage(data))
	case res.StatusCode != http.StatusOK:
		return j.notOurs(errStatus(res.Status))
	}
	out := bufio.NewWriter(to)
	if _, err := io.Copy(out, res.Body); err != nil {
		return lang.Errorf("%s: the report was cut off: %v", "%s：导出中断：%v", j.where, err)
	}
	return out.Flush()
}

// errStatus is a status as an error.
type errStatus string

// Error is the status.
func (e errStatus) Error() string { return string(e) }
