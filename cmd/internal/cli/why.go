package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/answer"
	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/emulator"
)

type whyCmd struct {
	showFlags
	RequestID string `arg:"" name:"request-id" help:"Request id from the response header x-cos-request-id, the error XML or an SDK's error; or last, for the latest refused request." zh:"RequestId：取自响应头部 x-cos-request-id、错误 XML 或 SDK 的报错；或写 last，表示最近一次被拒绝的请求。"`
}

// Details is the longer help of the command.
func (whyCmd) Details() (en, zh string) {
	return `It asks the running server. Its journal keeps the latest requests, accepted ones too.

For example, with the id from a program's log:

  cosemu why NmE5ZjE3MDBfMDEwMDAwN2ZfMTg2YTBfMTAwMDAwMQ==

or right after something failed:

  cosemu why last

A local server knows nothing of a refusal by COS itself: see cosemu explain --help.

Exit codes: 0 the request was found, 1 no server answers or it has no such request, 2 not a request id.`,
		`它查询运行中的服务器。服务器保留最近的请求，包括被接受的请求。

例如，用程序日志里的 RequestId：

  cosemu why NmE5ZjE3MDBfMDEwMDAwN2ZfMTg2YTBfMTAwMDAwMQ==

或者刚刚失败之后：

  cosemu why last

线上 COS 的拒绝，本地服务器并不知道：请看 cosemu explain --help。

退出码：0 找到了请求，1 没有服务器响应或没有这个请求，2 不是 RequestId。`
}

// lastRefused is what users write for the id of the latest refused request.
const lastRefused = "last"

// Run gets the request from the control listener, and explains it.
func (c *whyCmd) Run(p *process) error {
	id := c.RequestID
	if id != lastRefused {
		var err error
		if id, err = readRequestID(id); err != nil {
			return err
		}
	}
	j, err := p.journal()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalTimeout)
	defer cancel()
	var raw json.RawMessage
	if id == lastRefused {
		raw, err = j.latestRefused(ctx)
	} else {
		raw, err = j.request(ctx, id)
	}
	if err != nil {
		return err
	}
	var r emulator.Request
	if err := json.Unmarshal(raw, &r); err != nil {
		return j.notOurs(err)
	}
	return c.show(p, answer.OfRequest(&r), raw)
}

// idForm is a decoded request id: time, address, process and count in hex (seen
// in every answer of COS).
var idForm = regexp.MustCompile(`^[0-9a-f]+_[0-9a-f]+_[0-9a-f]+_[0-9a-f]+$`)

// readRequestID reads a request id as users copy it, with its XML tag or header
// name perhaps.
func readRequestID(s string) (string, error) {
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, "<RequestId>"); ok {
		s = strings.TrimSuffix(inner, "</RequestId>")
	}
	if name, value, ok := strings.Cut(s, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "x-cos-request-id") {
		s = value
	}
	s = strings.Trim(s, " \t\"'")
	plain, err := base64.StdEncoding.DecodeString(s)
	switch {
	case err == nil && idForm.Match(plain):
		return s, nil
	case err == nil && len(plain) >= 64 && strings.Trim(string(plain), "0123456789abcdef") == "":
		return "", misused("that is a TraceId; the request is found by its RequestId (x-cos-request-id)",
			"这是 TraceId；查找请求要用 RequestId（x-cos-request-id）")
	}
	return "", misused("%.80q is no request id: want one such as NmE5ZjE3MDBfMDEwMDAwN2ZfMTg2YTBfMTAwMDAwMQ==, or last",
		"%.80q 不是 RequestId：应形如 NmE5ZjE3MDBfMDEwMDAwN2ZfMTg2YTBfMTAwMDAwMQ==，或写 last", s)
}

// journalTimeout bounds all calls to the control listener.
const journalTimeout = 10 * time.Second

// maxAnswer is the longest answer of the control listener in bytes.
const maxAnswer = 16 << 20

// journalClient reads a server's journal.
type journalClient struct {
	where string
	lang  string // of refusals, where the server speaks it
	token string // the control token; empty: none
	http  *http.Client
}

// control makes the client of the control listener at an address.
func control(s config.Settings, where string) *journalClient {
	return &journalClient{where: where, token: s.ControlToken, http: &http.Client{Transport: controlTransport(s)}}
}

// controlTransport reaches a control listener, without a proxy: the server is on this machine or
// next to it. Over TLS it trusts the configured certificate beside those of the system.
func controlTransport(s config.Settings) *http.Transport {
	t := &http.Transport{DisableKeepAlives: true}
	if data, err := os.ReadFile(s.TLSCert); err == nil && s.TLSCert != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pool.AppendCertsFromPEM(data)
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return t
}

// baseURL is where the calls of a control listener begin.
func baseURL(where string) string {
	if strings.HasPrefix(where, config.HTTPS) {
		return where
	}
	return "http://" + where
}

// journal finds the running server: by its ready file, else by the setting console.
func (p *process) journal() (*journalClient, error) {
	s, err := p.load()
	if err != nil {
		return nil, err
	}
	if _, port, _ := net.SplitHostPort(s.Console); port == "0" && s.ReadyFile == "" {
		return nil, misused("the control listener takes a free port, so --ready-file or --console has to say which",
			"控制端口是任选的空闲端口，请用 --ready-file 或 --console 指明")
	}
	where, err := consoleAddress(s)
	j := control(s, where)
	j.lang = p.lang
	return j, err
}

func (j *journalClient) request(ctx context.Context, id string) (json.RawMessage, error) {
	status, data, err := j.get(ctx, "/api/v1/requests/"+url.PathEscape(id))
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusNotFound:
		return nil, lang.Errorf("the server at %s knows no request %s: its journal keeps the latest ones, and none from before its start. "+
			"Was it the real cloud that answered? Then copy its body into cosemu explain",
			"%s 上的服务器没有请求 %s 的记录：日志只保留最近的请求，不含启动之前的。如果是线上 COS 返回的，请把响应内容粘贴到 cosemu explain",
			j.where, id)
	case status != http.StatusOK:
		return nil, j.problem(status, data)
	}
	return data, nil
}

// latestRefused is the newest request that was refused, or under verify: report
// would have been.
func (j *journalClient) latestRefused(ctx context.Context) (json.RawMessage, error) {
	var newest json.RawMessage
	var seq uint64
	for _, verdict := range []emulator.Verdict{emulator.Refused, emulator.Reported} {
		status, data, err := j.get(ctx, "/api/v1/requests?limit=1&verdict="+string(verdict))
		if err != nil {
			return nil, err
		}
		if status != http.StatusOK {
			return nil, j.problem(status, data)
		}
		var list struct {
			Requests []json.RawMessage `json:"requests"`
		}
		if err := json.Unmarshal(data, &list); err != nil {
			return nil, j.notOurs(err)
		}
		for _, raw := range list.Requests {
			var r struct {
				Seq uint64 `json:"seq"`
			}
			if err := json.Unmarshal(raw, &r); err != nil {
				return nil, j.notOurs(err)
			}
			if newest == nil || r.Seq > seq {
				newest, seq = raw, r.Seq
			}
		}
	}
	if newest == nil {
		return nil, lang.Errorf("the server at %s has refused no request, as far as its journal goes",
			"%s 上的服务器在现有日志范围内没有拒绝过请求", j.where)
	}
	return newest, nil
}

// get returns the status and body of a JSON answer.
func (j *journalClient) get(ctx context.Context, target string) (status int, data []byte, err error) {
	return j.read(j.ask(ctx, http.MethodGet, target, nil))
}

// post sends JSON.
func (j *journalClient) post(ctx context.Context, target string, body []byte) (status int, data []byte, err error) {
	return j.read(j.ask(ctx, http.MethodPost, target, body))
}

// read reads an answer to ask.
func (j *journalClient) read(res *http.Response, err error) (status int, data []byte, _ error) {
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	return j.readUpTo(res, maxAnswer)
}

// readUpTo reads an answer of at most so many bytes, and leaves it open. One without a body is empty.
func (j *journalClient) readUpTo(res *http.Response, most int64) (status int, data []byte, err error) {
	if res.StatusCode == http.StatusNoContent {
		return res.StatusCode, nil, nil
	}
	data, err = io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil {
		return 0, nil, lang.Errorf("%s: %v", "%s：%v", j.where, err)
	}
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // "" when it cannot be read
	if media != "application/json" && media != "application/problem+json" {
		return 0, nil, j.notOurs(errors.New(res.Status))
	}
	return res.StatusCode, data, nil
}

// ask returns an answer. Its body has to be closed.
func (j *journalClient) ask(ctx context.Context, method, target string, body []byte) (*http.Response, error) {
	if body == nil {
		return j.send(ctx, method, target, "", nil)
	}
	return j.send(ctx, method, target, "application/json", bytes.NewReader(body))
}

// send is ask with a body of any type.
func (j *journalClient) send(ctx context.Context, method, target, media string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, baseURL(j.where)+target, body)
	if err != nil {
		return nil, err
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if j.token != "" {
		req.Header.Set("Authorization", "Bearer "+j.token)
	}
	if j.lang != "" {
		req.Header.Set("Accept-Language", j.lang)
	}
	res, err := j.http.Do(req)
	if err != nil {
		var why *url.Error
		if errors.As(err, &why) {
			err = why.Err // without the address, which is named here
		}
		return nil, lang.Errorf(
			"no cosemu answers at %s: %v; start one with cosemu, or say with --console where its control listener is",
			"%s 上没有 cosemu 响应：%v；请运行 cosemu 启动一个，或用 --console 指明控制端口", j.where, err)
	}
	return res, nil
}

// notOurs is the error for a server whose answers are not those of a control
// listener.
func (j *journalClient) notOurs(err error) error {
	return lang.Errorf("what answers at %s is no control listener of cosemu (%v); is it the port of the COS API?",
		"%s 不是 cosemu 的控制端口（%v）；它是 COS API 的端口吗？", j.where, err)
}

// problem is the error for a refusal of the control listener.
func (j *journalClient) problem(status int, data []byte) error {
	var p struct {
		Detail string `json:"detail"`
		Errors []struct {
			Message  string `json:"message"`
			Location string `json:"location"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(data, &p) // then the status says it
	if status == http.StatusUnprocessableEntity && len(p.Errors) > 0 {
		e := p.Errors[0]
		if rest, inBody := strings.CutPrefix(e.Location, "body"); inBody {
			return misused("%.40s: %.4000s", "%.40s：%.4000s", view.Line(strings.TrimPrefix(rest, ".")), view.Line(e.Message))
		}
		name := view.Line(strings.TrimPrefix(e.Location, "query."))
		return misused("--%.40s: %.300s", "--%.40s：%.300s", name, view.Line(e.Message))
	}
	if status == http.StatusUnauthorized {
		return j.unauthorized()
	}
	return lang.Errorf("%s answers %d %s: %.300s", "%s 返回 %d %s：%.300s", j.where, status, http.StatusText(status), p.Detail)
}

// unauthorized is the error for a server that wants another control token.
func (j *journalClient) unauthorized() error {
	if j.token == "" {
		return lang.Errorf("the server at %s has a control token: set COSEMU_CONTROL_TOKEN, or give --control-token",
			"%s 上的服务器设置了控制口令：请设置 COSEMU_CONTROL_TOKEN，或使用 --control-token", j.where)
	}
	return lang.Errorf("the server at %s has another control token than the one given", "%s 上的服务器的控制口令与给出的不同", j.where)
}
