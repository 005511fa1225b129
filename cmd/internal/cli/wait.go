package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/emulator"
)

type waitCmd struct {
	showFlags
	filterFlags
	Count   int   `help:"How many requests must match." default:"1" zh:"需要多少个匹配的请求。"`
	Timeout *span `help:"How long to wait, at most 5m (default: 10s)." placeholder:"10s" xor:"how-long" zh:"最长等待多久，不超过 5m（默认 10s）。"`
	None    *span `help:"Expect that no request matches, for this long." placeholder:"2s" xor:"how-long" zh:"期望在这段时间内没有匹配的请求。"`
}

// Details is the longer help of the command.
func (waitCmd) Details() (en, zh string) {
	return `It asks the running server, and ends as soon as enough requests match. Requests from before count too; --since leaves them out.

For example, to test that a program uploads, and that nothing was refused:

  cosemu wait --operation PutObject --key 'photos/*' --status 200 --count 3 --timeout 30s

  cosemu wait --verdict refused --none 2s

It prints a line for each request that matches, the oldest first. When too few came, the server's latest requests are on stderr.

Exit codes: 0 enough requests matched, or with --none not one; 1 too few, or with --none one; or no server answers; 2 wrong flags.`,
		`它查询运行中的服务器，匹配的请求足够时立即结束。之前的请求也算；用 --since 排除它们。

例如，测试一个程序确实上传了，而且没有请求被拒绝：

  cosemu wait --operation PutObject --key 'photos/*' --status 200 --count 3 --timeout 30s

  cosemu wait --verdict refused --none 2s

每个匹配的请求输出一行，最早的在前。请求不够时，标准错误上列出服务器最近的请求。

退出码：0 匹配的请求足够，或使用 --none 时一个也没有；1 请求不够，或使用 --none 时有匹配的请求，或没有服务器响应；2 选项有误。`
}

const (
	defaultWait = 10 * time.Second
	// longestWait is the longest wait of the control API.
	longestWait = 5 * time.Minute
	// waitListed is how many requests a failed wait lists.
	waitListed = 10
)

// requestLines is a list of requests as the control API has it, newest first.
type requestLines struct {
	Requests []emulator.Request `json:"requests"`
	Last     *uint64            `json:"last"`
}

// Run waits, and prints what matched.
func (c *waitCmd) Run(p *process) error {
	query, limit, err := c.question()
	if err != nil {
		return err
	}
	j, err := p.journal()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit+journalTimeout)
	defer cancel()
	list, raw, enough, err := j.wait(ctx, query)
	if err != nil {
		return err
	}
	if err := c.print(p, list, raw); err != nil {
		return err
	}
	switch {
	case c.None != nil && enough:
		return lang.Errorf("a request came that should not: %d matched", "出现了不应有的请求：匹配 %d 个", len(list.Requests))
	case c.None != nil || enough:
		return nil
	}
	j.printLatest(ctx, p)
	return lang.Errorf("within %v %d of %d requests matched", "%v 内匹配的请求有 %d 个，需要 %d 个", limit, len(list.Requests), c.Count)
}

// question is the call's query, and how long it may take.
func (c *waitCmd) question() (url.Values, time.Duration, error) {
	query, err := c.query()
	if err != nil {
		return nil, 0, err
	}
	limit := defaultWait
	switch {
	case c.None != nil:
		limit = time.Duration(*c.None)
	case c.Timeout != nil:
		limit = time.Duration(*c.Timeout)
	}
	switch {
	case limit < 0 || limit > longestWait:
		return nil, 0, misused("--timeout and --none: want a duration from 0s to 5m", "--timeout 和 --none：时长应在 0s 到 5m 之间")
	case c.Count < 1 || c.None != nil && c.Count != 1:
		return nil, 0, misused("--count: want 1 or more, and none with --none", "--count：至少为 1，且不能与 --none 同用")
	}
	query.Set("count", strconv.Itoa(c.Count))
	query.Set("timeout", limit.String())
	if !c.JSON {
		query.Set("brief", "true")
	}
	return query, limit, nil
}

// print writes a line for each request, oldest first, or with --json the answer
// of the control API.
func (c *waitCmd) print(p *process, list *requestLines, raw json.RawMessage) error {
	if c.JSON {
		return c.show(p, view.Page{}, raw)
	}
	for i := len(list.Requests) - 1; i >= 0; i-- {
		if _, err := fmt.Fprintln(p.stdout, requestLine(&list.Requests[i])); err != nil {
			return err
		}
	}
	return nil
}

// requestLine is a request in a line: when, what, and what came of it.
func requestLine(r *emulator.Request) string {
	words := []string{r.At.UTC().Format(time.RFC3339), r.Method, r.Host + r.Path, string(r.Verdict), strconv.Itoa(r.Status)}
	if r.Code != "" {
		words = append(words, r.Code)
	}
	if len(r.Diagnosis) > 0 {
		words = append(words, "["+strings.Join(r.Diagnosis, ",")+"]")
	}
	return view.Line(strings.Join(append(words, r.ID), " "))
}

// wait asks for requests and waits until there are enough.
func (j *journalClient) wait(ctx context.Context, query url.Values) (list *requestLines, raw json.RawMessage, enough bool, err error) {
	status, raw, err := j.get(ctx, "/api/v1/requests/wait?"+query.Encode())
	switch {
	case err != nil:
		return nil, nil, false, err
	case status != http.StatusOK && status != http.StatusRequestTimeout:
		return nil, nil, false, j.problem(status, raw)
	}
	list = &requestLines{}
	if err := json.Unmarshal(raw, list); err != nil {
		return nil, nil, false, j.notOurs(err)
	}
	if list.Last == nil {
		return nil, nil, false, j.notOurs(errors.New("no list"))
	}
	return list, raw, status == http.StatusOK, nil
}

// printLatest lists the latest requests on stderr, for whoever waited in vain.
func (j *journalClient) printLatest(ctx context.Context, p *process) {
	status, raw, err := j.get(ctx, "/api/v1/requests?brief=true&limit="+strconv.Itoa(waitListed))
	var list requestLines
	if err != nil || status != http.StatusOK || json.Unmarshal(raw, &list) != nil {
		return // the error of the wait is what matters
	}
	title := p.say("The latest requests of the server:", "服务器最近的请求：")
	if len(list.Requests) == 0 {
		title = p.say("No request has arrived at all.", "没有收到任何请求。")
	}
	_, _ = fmt.Fprintln(p.stderr, title)
	for i := len(list.Requests) - 1; i >= 0; i-- {
		_, _ = fmt.Fprintln(p.stderr, "  "+requestLine(&list.Requests[i]))
	}
}
