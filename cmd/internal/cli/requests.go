package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/emulator"
)

type requestsCmd struct {
	filterFlags
	Follow bool `short:"f" help:"Go on with those that come, until you interrupt." zh:"持续显示新到的请求，直到中断。"`
	Limit  int  `help:"The most earlier requests, the latest ones (default: 100, with --follow 10)." placeholder:"N" default:"-1" zh:"最多显示多少个已有的请求，取最近的（默认 100，使用 --follow 时 10）。"`
	JSON   bool `name:"json" help:"Print a line of JSON for each request, with the names of the control API." group:"show" zh:"每个请求输出一行 JSON，字段名与控制 API 相同。"`
}

// Details is the longer help of the command.
func (requestsCmd) Details() (en, zh string) {
	return `It prints a line for each request, the oldest first. Below a refused one it says why, and where the console shows it.

For example, in a terminal of its own while you test:

  cosemu requests --follow --verdict refused

Exit codes: 0 listed, 1 no server answers, or it stopped; 2 wrong flags.`,
		`每个请求输出一行，最早的在前。被拒绝的请求下面会说明原因，并给出控制台链接。

例如，测试时在另一个终端里运行：

  cosemu requests --follow --verdict refused

退出码：0 已列出，1 没有服务器响应或服务器已停止，2 选项有误。`
}

const (
	listedRequests   = 100
	followedRequests = 10 // before those that come
)

// Run lists requests.
func (c *requestsCmd) Run(p *process) error {
	query, err := c.query()
	if err != nil {
		return err
	}
	switch {
	case c.Limit < 0 && c.Follow:
		c.Limit = followedRequests
	case c.Limit < 0:
		c.Limit = listedRequests
	}
	j, err := p.journal()
	if err != nil {
		return err
	}
	ctx := p.untilInterrupted()
	l := &requestList{process: p, where: j.where, query: query, json: c.JSON, account: c.Account}
	last, err := l.earlier(ctx, j, c.Limit)
	if err != nil || !c.Follow {
		return err
	}
	query.Set("after", strconv.FormatUint(last, 10))
	if err := l.follow(ctx, j); ctx.Err() == nil { // else a user ended it
		return err
	}
	return nil
}

// A requestList prints requests.
type requestList struct {
	*process
	where, account string
	query          url.Values
	json           bool
}

// earlier prints the requests that are in the journal, and returns the number of the newest one.
func (l *requestList) earlier(ctx context.Context, j *journalClient, limit int) (last uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, journalTimeout)
	defer cancel()
	query := maps.Clone(l.query)
	query.Set("limit", strconv.Itoa(max(1, limit)))
	res, err := j.ask(ctx, http.MethodGet, "/api/v1/requests?"+query.Encode(), nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	status, data, err := j.readUpTo(res, maxListing)
	if err != nil {
		return 0, err
	}
	if status != http.StatusOK {
		return 0, j.problem(status, data)
	}
	var list struct {
		Requests []json.RawMessage `json:"requests"`
		Last     *uint64           `json:"last"`
	}
	if err := json.Unmarshal(data, &list); err != nil || list.Last == nil {
		return 0, j.notOurs(errors.Join(err, errors.New("no list")))
	}
	if limit == 0 {
		list.Requests = nil
	}
	for i := len(list.Requests) - 1; i >= 0; i-- {
		if err := l.print(list.Requests[i]); err != nil {
			return 0, err
		}
	}
	return *list.Last, nil
}

// maxListing is the longest list of requests in bytes.
const maxListing = 512 << 20

// follow prints requests while they come.
func (l *requestList) follow(ctx context.Context, j *journalClient) error {
	res, err := j.ask(ctx, http.MethodGet, "/api/v1/requests/stream?"+l.query.Encode(), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		status, data, err := j.readUpTo(res, maxAnswer)
		if err != nil {
			return err
		}
		return j.problem(status, data)
	}
	in := bufio.NewScanner(res.Body)
	in.Buffer(nil, maxAnswer)
	event := ""
	for in.Scan() {
		line := in.Bytes()
		switch {
		case bytes.HasPrefix(line, []byte("event: ")):
			event = string(line[len("event: "):])
		case event == "request" && bytes.HasPrefix(line, []byte("data: ")):
			if err := l.print(line[len("data: "):]); err != nil {
				return err
			}
		}
	}
	return lang.Errorf("the server at %s has stopped", "%s 上的服务器已停止", l.where)
}

// print prints a request of the journal.
func (l *requestList) print(raw []byte) error {
	if l.json {
		_, err := l.stdout.Write(append(bytes.TrimSpace(raw), '\n'))
		return err
	}
	var r emulator.Request
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	_, err := io.WriteString(l.stdout, l.text(&r))
	return err
}

// text is a request in a line, and below a refused one why, and where to read on.
func (l *requestList) text(r *emulator.Request) string {
	style := l.style()
	var b strings.Builder
	mark := "  "
	if r.Verdict != emulator.Accepted {
		mark = "! "
	}
	at := ""
	if !r.At.IsZero() {
		at = r.At.UTC().Format("15:04:05Z")
	}
	what := r.Method + " " + r.Host + r.Path
	if r.Bucket != "" {
		what = r.Method + " " + strings.TrimSuffix(r.Bucket+"/"+r.Key, "/")
	}
	came := strconv.Itoa(r.Status)
	if r.Code != "" {
		came += " " + r.Code
	}
	first := view.Line(mark + at + "  " + came + "  " + what)
	if style.Colour && r.Verdict != emulator.Accepted {
		first = "\x1b[31m" + first + "\x1b[0m"
	}
	fmt.Fprintln(&b, first)
	if r.Verdict == emulator.Accepted {
		return b.String()
	}
	if sentence := l.sentence(r); sentence != "" {
		for _, line := range view.Wrap(view.Line(sentence), style.Width-4) {
			fmt.Fprintln(&b, "    "+line)
		}
	}
	fmt.Fprintln(&b, "    "+consoleLink(l.where, l.account, r.ID))
	return b.String()
}

// sentence says why a request was refused: its first finding, else the message of its answer.
func (l *requestList) sentence(r *emulator.Request) string {
	if r.Finding != nil && len(r.Finding.Findings) > 0 {
		f := &r.Finding.Findings[0].Sentence
		return l.say(f.En, f.Zh)
	}
	return r.Message
}

// consoleLink leads to a request in the web console.
func consoleLink(where, account, id string) string {
	return baseURL(where) + "/" + accountQuery(account) + "#/requests/" + url.QueryEscape(id)
}
