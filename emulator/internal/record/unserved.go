package record

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/wire"
	"github.com/cosemu/cosemu/signer"
)

// NoteRefusal keeps a request in the journal, and writes its log line, that the
// HTTP server refused before anybody here saw it (see wire.Config.Refused).
func (k *Keeper) NoteRefusal(r wire.Refusal) {
	req, proto, dropped := readHead(r.Head)
	en := &journal.Entry{
		ID: r.RequestID, At: k.Now(""), Request: req, Remote: r.RemoteAddr, Proto: proto, Scheme: "http",
		Verdict: journal.Refused, Status: r.Status, Code: r.Code, Message: r.Message,
		Header: r.Header, Document: r.Document, Sent: int64(len(r.Document)),
	}
	if r.TLS {
		en.Scheme = "https"
	}
	if req.Path != "" {
		a := k.Resolver.Resolve(req.Host, req.Path)
		en.Bucket, en.Key, en.Region = a.Bucket, a.Key, a.Region
		en.Account, en.At = a.AppID, k.Now(a.AppID)
	}
	if r.Cut || dropped > 0 {
		en.Omitted = &journal.Omitted{Headers: dropped}
		if r.Cut {
			en.Omitted.Texts = []string{"head"}
		}
	}
	en.AddStep("http", r.Code)
	k.Add(en)
	k.Log.Warn("request", "status", r.Status, "code", r.Code, "reason", k.Keys.Redact(r.Reason), "client", r.RemoteAddr, "id", r.RequestID)
}

// readHead reads what it can of a request line and headers that are damaged or cut off.
// Nothing is decoded or repaired. A line without a header's name is dropped, because its
// value may be a secret.
func readHead(head []byte) (req *signer.Request, proto string, dropped int) {
	line, rest, _ := strings.Cut(string(head), "\n")
	method, target, _ := strings.Cut(strings.TrimSuffix(line, "\r"), " ")
	if i := strings.LastIndex(target, " HTTP/"); i >= 0 {
		target, proto = target[:i], target[i+1:]
	}
	header := http.Header{}
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, "\r\n")
		name, value, ok := strings.Cut(line, ":")
		switch name = strings.TrimSpace(name); {
		case ok && isFieldName(name):
			header.Add(name, strings.Trim(value, " \t"))
		case line != "":
			dropped++
		}
	}
	host := header.Get("Host")
	header.Del("Host")
	req = signer.ReadRequest(&http.Request{Method: method, RequestURI: target, Host: host, Header: header})
	if target == "" {
		req.Path = ""
	}
	return req, proto, dropped
}

// isFieldName tells whether a header may have this name (RFC 9110, 5.6.2).
func isFieldName(name string) bool {
	return name != "" && strings.IndexFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	}) < 0
}
