package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
)

type faultCmd struct {
	Add   faultAddCmd   `cmd:"" settings:"server" help:"Plan a fault." zh:"安排一个故障。"`
	List  faultListCmd  `cmd:"" settings:"server" help:"List planned faults and how often they were met." zh:"列出安排的故障及其命中次数。"`
	Rm    faultRmCmd    `cmd:"" settings:"server" help:"Remove faults." zh:"移除故障。"`
	Clear faultClearCmd `cmd:"" settings:"server" help:"Remove all faults." zh:"移除全部故障。"`
}

// faultAddCmd has the members of the control API's fault. A pointer tells what was given.
type faultAddCmd struct {
	Fault string `arg:"" help:"answer, close, delay, stall, throttle, wrong-crc64, wrong-etag, corrupt or stale." zh:"answer、close、delay、stall、throttle、wrong-crc64、wrong-etag、corrupt 或 stale。"`

	Account   string  `group:"requests" help:"Requests of this account (APPID; default: of all)." placeholder:"APPID" zh:"只针对这个账号（APPID，默认为所有账号）的请求。"`
	Operation string  `group:"requests" help:"Requests of this operation." placeholder:"PutObject" zh:"只针对这个操作。"`
	Method    string  `group:"requests" help:"Requests with this method." placeholder:"PUT" zh:"只针对这个请求方法。"`
	Bucket    string  `group:"requests" help:"Requests of this bucket, with its APPID." placeholder:"NAME" zh:"只针对这个存储桶（带 APPID）。"`
	Key       string  `group:"requests" help:"Requests of this key, or of a prefix that ends in *." placeholder:"f/*" zh:"只针对这个对象键，或以 * 结尾的前缀。"`
	Skip      *int64  `group:"requests" help:"How many requests pass before the first one is hit (default: 0)." placeholder:"N" zh:"先放过多少个请求（默认 0）。"`
	Times     *int64  `group:"requests" help:"How many requests are hit (default: 1); 0: all, until the fault is removed." placeholder:"N" zh:"命中多少个请求（默认 1）；0 表示一直命中，直到移除。"`
	When      *string `group:"requests" help:"after the signature and the rights hold (default), or before all checks." placeholder:"WHEN" zh:"after：签名和权限通过之后（默认）；before：所有检查之前。"`

	Code             *string `help:"answer: a documented error code." placeholder:"SlowDown" zh:"answer：文档中的错误码。"`
	Status           *int    `help:"answer: the status (default: that of the code)." placeholder:"503" zh:"answer：状态码（默认为错误码对应的状态码）。"`
	Message          *string `help:"answer: the message (default: that of the code)." placeholder:"TEXT" zh:"answer：错误信息（默认为错误码对应的信息）。"`
	WithoutRequestID *bool   `name:"without-request-id" help:"answer: leave out the request id." zh:"answer：不返回 RequestId。"`
	AfterBytes       *int64  `help:"close, stall: after so many bytes of the body (default: 0)." placeholder:"N" zh:"close、stall：在正文的多少字节之后（默认 0）。"`
	Of               *string `help:"close, stall: of the request or the response." placeholder:"BODY" zh:"close、stall：request（请求）或 response（响应）的正文。"`
	For              *string `help:"delay, stall: how long to wait; stale: how long ago." placeholder:"2s" zh:"delay、stall：等待多久；stale：多久之前。"`
	BytesPerSecond   *int64  `help:"throttle: the rate." placeholder:"N" zh:"throttle：速率。"`

	JSON bool `name:"json" help:"Print JSON, with the names of the control API." group:"show" zh:"输出 JSON，字段名与控制 API 相同。"`
}

// Details is the longer help of the command.
func (faultAddCmd) Details() (en, zh string) {
	return `A fault shows what a client does on a bad day. The next uploads to f/ get a 503, twice:

  cosemu fault add answer --code SlowDown --operation PutObject --key 'f/*' --times 2

A download breaks off after 1 MB, and an upload gets no answer although it was stored:

  cosemu fault add close --of response --after-bytes 1000000 --method GET
  cosemu fault add close --of response --method PUT

A request meets at most one fault: the oldest one that is for it. cosemu requests and cosemu why name it.

Exit codes: 0 planned, 1 no server answers or it has too many faults, 2 wrong flags.`,
		`故障用来观察客户端在异常情况下的行为。接下来对 f/ 的上传返回两次 503：

  cosemu fault add answer --code SlowDown --operation PutObject --key 'f/*' --times 2

下载在 1 MB 之后中断；上传已保存，但收不到响应：

  cosemu fault add close --of response --after-bytes 1000000 --method GET
  cosemu fault add close --of response --method PUT

一个请求最多命中一个故障：适用于它的最早的那个。cosemu requests 和 cosemu why 会显示命中的故障。

退出码：0 已安排，1 没有服务器响应或故障过多，2 选项有误。`
}

type faultListCmd struct {
	Account string `help:"The faults of this account (APPID) alone." placeholder:"APPID" zh:"只列出这个账号（APPID）的故障。"`
	Unused  bool   `help:"Only those that were not met as often as planned." zh:"只列出未达到计划命中次数的故障。"`
	JSON    bool   `name:"json" help:"Print JSON, with the names of the control API." group:"show" zh:"输出 JSON，字段名与控制 API 相同。"`
}

// Details is the longer help of the command.
func (faultListCmd) Details() (en, zh string) {
	return `At the end of a test, this tells whether every planned fault was met:

  cosemu fault list --unused

Exit codes: 0 listed, with --unused: there are none; 1 no server answers, with --unused: there are some; 2 wrong flags.`,
		`测试结束时，用它检查安排的故障是否都已命中：

  cosemu fault list --unused

退出码：0 已列出，使用 --unused 时表示没有遗漏；1 没有服务器响应，使用 --unused 时表示有遗漏；2 选项有误。`
}

type faultRmCmd struct {
	ID []string `arg:"" help:"Their ids." zh:"故障的 ID。"`
}

type faultClearCmd struct {
	Account string `help:"The faults of this account (APPID) alone." placeholder:"APPID" zh:"只移除这个账号（APPID）的故障。"`
}

// shownFault is a fault of the control API, as far as it is shown.
type shownFault struct {
	ID    string `json:"id"`
	Fault string `json:"fault"`
	Hits  int64  `json:"hits"`
	Skip  int64  `json:"skip"`
	Times int64  `json:"times"`
	When  string `json:"when"`

	Account   string `json:"account"`
	Operation string `json:"operation"`
	Method    string `json:"method"`
	Bucket    string `json:"bucket"`
	Key       string `json:"key"`

	Status         int    `json:"status"`
	Code           string `json:"code"`
	Of             string `json:"of"`
	AfterBytes     int64  `json:"after_bytes"`
	For            string `json:"for"`
	BytesPerSecond int64  `json:"bytes_per_second"`
}

// Run plans the fault and prints it.
func (c *faultAddCmd) Run(p *process) error {
	body := map[string]any{"fault": c.Fault}
	give(body, "skip", c.Skip)
	give(body, "times", c.Times)
	give(body, "when", c.When)
	give(body, "code", c.Code)
	give(body, "status", c.Status)
	give(body, "message", c.Message)
	give(body, "without_request_id", c.WithoutRequestID)
	give(body, "after_bytes", c.AfterBytes)
	give(body, "of", c.Of)
	give(body, "for", c.For)
	give(body, "bytes_per_second", c.BytesPerSecond)
	for name, value := range map[string]string{
		"account": c.Account, "operation": c.Operation, "method": c.Method, "bucket": c.Bucket, "key": c.Key,
	} {
		if value != "" {
			body[name] = value
		}
	}
	data, err := p.control(http.MethodPost, "/api/v1/faults", body)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err = fmt.Fprintln(p.stdout, strings.TrimSpace(string(data)))
		return err
	}
	var f shownFault
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, f.line())
	return err
}

// give puts a value into a body if it was given.
func give[T any](body map[string]any, name string, value *T) {
	if value != nil {
		body[name] = *value
	}
}

// Run lists the faults.
func (c *faultListCmd) Run(p *process) error {
	query := url.Values{}
	if c.Account != "" {
		query.Set("account", c.Account)
	}
	if c.Unused {
		query.Set("unused", "true")
	}
	data, err := p.control(http.MethodGet, "/api/v1/faults?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	var list struct {
		Faults []shownFault `json:"faults"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if c.JSON {
		_, err = fmt.Fprintln(p.stdout, strings.TrimSpace(string(data)))
	}
	for i := 0; i < len(list.Faults) && !c.JSON && err == nil; i++ {
		_, err = fmt.Fprintln(p.stdout, list.Faults[i].line())
	}
	if err == nil && c.Unused && len(list.Faults) > 0 {
		err = lang.Errorf("%d planned faults were not met as often as planned", "有 %d 个故障未达到计划的命中次数", len(list.Faults))
	}
	return err
}

// line is a fault in a line: id, hits, what it does, and to which requests.
func (f *shownFault) line() string {
	times := "∞"
	if f.Times > 0 {
		times = strconv.FormatInt(f.Times, 10)
	}
	words := []string{f.ID, strconv.FormatInt(f.Hits, 10) + "/" + times, f.Fault}
	if f.Status != 0 {
		words = append(words, strconv.Itoa(f.Status))
	}
	if f.Of != "" {
		words = append(words, f.Of, strconv.FormatInt(f.AfterBytes, 10)+"B")
	}
	if f.BytesPerSecond != 0 {
		words = append(words, strconv.FormatInt(f.BytesPerSecond, 10)+"B/s")
	}
	for _, word := range []string{f.Code, f.For} {
		if word != "" {
			words = append(words, word)
		}
	}
	for _, s := range [][2]string{
		{"account", f.Account}, {"operation", f.Operation}, {"method", f.Method}, {"bucket", f.Bucket}, {"key", f.Key},
	} {
		if s[1] != "" {
			words = append(words, s[0]+"="+s[1])
		}
	}
	if f.Skip > 0 {
		words = append(words, "skip="+strconv.FormatInt(f.Skip, 10))
	}
	if f.When == "before" {
		words = append(words, "when=before")
	}
	return view.Line(strings.Join(words, "  "))
}

// Run removes faults. One that is not there keeps no other.
func (c *faultRmCmd) Run(p *process) error {
	var failed error
	for _, id := range c.ID {
		_, err := p.control(http.MethodDelete, "/api/v1/faults/"+url.PathEscape(id), nil)
		failed = errors.Join(failed, err)
	}
	return failed
}

// Run removes all faults.
func (c *faultClearCmd) Run(p *process) error {
	_, err := p.control(http.MethodDelete, "/api/v1/faults"+accountQuery(c.Account), nil)
	return err
}
