package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/explain"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Every page on the web knows the published key pair, so a page in a browser on this
// machine must not get further here than on COS's own hosts.

// Loopback is the handler for a listener that only this machine reaches. It refuses a
// Host that is no name of COS, no address, not localhost or a name below it, and no
// configured domain or alias: a page can make any other name resolve to this machine
// (choice 341).
func (e *Emulator) Loopback() http.Handler {
	next := func(w http.ResponseWriter, r *http.Request) {
		// Requests to the proxy are judged in proxy.go.
		toProxy := r.Method == http.MethodConnect || r.URL.Host != "" && !e.judge.Serves(r.URL.Host)
		if !toProxy && !e.resolver.MayBeLocal(r.Host) {
			e.refuseHost(w, r)
			return
		}
		e.route(w, r)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.early.Serve(w, r, next) })
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

// refusePage answers a request that is refused before its bucket is looked for.
func (e *Emulator) refusePage(w http.ResponseWriter, r *http.Request, check string, err *coserr.Error, f diagnose.Finding) {
	c := e.judge.ArriveAside(r, signer.ReadRequest(r), "", "")
	c.Check(check)
	rep := c.Refusal(err)
	explain.Found(c, f)
	c.Out.Sent = answer(w, &e.env, c, rep)
	e.records.Record(w.Header(), c, rep)
}
