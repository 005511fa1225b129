package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// The published key pair is known to every page on the web, so a page in the
// browser of this machine must not get further here than on the cloud's hosts.

// Loopback serves like e, for a listener that only this machine reaches. There a
// Host that is neither a name of the cloud's, nor an address, nor localhost or a
// name below it, nor a configured domain or alias, is refused: a page may have
// made that name resolve to this machine (choice 341).
func (e *Emulator) Loopback() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.early.Serve(w, r, func(w http.ResponseWriter, r *http.Request) {
			// What a proxy is asked for is judged where proxies are.
			toProxy := r.Method == http.MethodConnect || r.URL.Host != "" && !e.serves(r.URL.Host)
			if !toProxy && !e.resolver.Local(r.Host) {
				e.refuseHost(w, r)
				return
			}
			e.route(w, r)
		})
	})
}

func (e *Emulator) refuseHost(w http.ResponseWriter, r *http.Request) {
	name := addr.HostName(r.Host)
	e.refusePage(w, r, "host", coserr.New(coserr.AccessDenied).
		WithMessage("This listener does not answer to the host name in the request; name it with --aliases or --domains if it is yours."),
		wordsHostName.Finding(diagnose.Values{Arrived: name}))
}

var wordsHostName = diagnose.Message{
	ID: diagnose.Host,
	Sentence: diagnose.Text{
		En: "The host {arrived} is not one of cosemu's names.",
		Zh: "主机名 {arrived} 不是 cosemu 的名字。",
	},
	Advice: diagnose.Text{
		En: "Use an address, localhost or the cloud's host name. If the name is yours, add it with --aliases (it stands for one bucket) or --domains (the bucket stands before it, or in the path).",
		Zh: "请使用 IP 地址、localhost 或线上 COS 的域名。如果这个域名属于你，请用 --aliases（对应一个存储桶）或 --domains（存储桶写在域名前面或路径里）添加。",
	},
}

// refusePage answers what is refused before anybody asks what it is about.
func (e *Emulator) refusePage(w http.ResponseWriter, r *http.Request, check string, err *coserr.Error, f diagnose.Finding) {
	c := e.arriveAside(r, signer.ReadRequest(r), "")
	c.Check(check)
	rep := c.Refusal(err)
	found(c, f)
	c.Out.Sent = e.answer(w, c, rep)
	e.record(w.Header(), c, rep)
}

// found keeps what is known of a refusal without a search.
func found(c *call.Call, f diagnose.Finding) {
	c.Entry.Finding = &diagnose.Report{Findings: []diagnose.Finding{f}}
	c.Entry.Diagnosis = []string{string(f.ID)}
	c.Out.Diagnosis = string(f.ID)
}

// checkPage refuses what a browser sends for a page of another site without
// having asked by CORS (choice 342). A preflight, and what follows one, is for
// the CORS rules to judge.
func (e *Emulator) checkPage(c *call.Call) error {
	d := authz.DecidePage(&authz.Page{
		Site: call.First(c.HTTP.Header, "Sec-Fetch-Site"), Mode: call.First(c.HTTP.Header, "Sec-Fetch-Mode"), Method: c.HTTP.Method,
		PostObject: c.Op.Is(call.InForm), AllowedByCORS: func() bool { return e.letsIn(c) },
	})
	if d.Verdict == authz.Allowed {
		return nil
	}
	c.Deny(&d)
	return d.Error(c.At)
}

// letsIn tells whether a CORS rule allows the page to do what it does.
func (e *Emulator) letsIn(c *call.Call) bool {
	if c.CORS == nil {
		return false
	}
	_, miss := c.CORS.Actual(call.First(c.HTTP.Header, "Origin"), c.HTTP.Method)
	return miss == nil
}

var wordsCrossSite = diagnose.Message{
	ID: diagnose.CrossSite,
	Sentence: diagnose.Text{
		En: "The browser sent this for a page of another site (Sec-Fetch-Site: cross-site).",
		Zh: "这个请求由浏览器替其他网站的页面发出（Sec-Fetch-Site: cross-site）。",
	},
	Advice: diagnose.Text{
		En: "Upload with a POST Object form, or with fetch and a CORS rule for the page. To follow a link, open it from a page with the same host name as cosemu, or paste it into the address bar.",
		Zh: "上传请用 POST Object 表单，或者用 fetch 并为该页面配置 CORS 规则。打开链接请使用与 cosemu 主机名相同的页面，或者把链接粘贴到地址栏。",
	},
}
