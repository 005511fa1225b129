package judge

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/dialect"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// Arrive reads what the line and the headers of a request say.
func (j *Judge) Arrive(r *http.Request, req *signer.Request) *call.Call {
	c, _ := j.calls.Get().(*call.Call)
	if c == nil {
		c = new(call.Call)
	}
	c.Entry = &journal.Entry{}
	c.Arrived = call.Arrived{Started: j.Real(), HTTP: r, Request: req, Addr: j.Env.Resolver.Resolve(req.Host, req.Path)}
	c.Found, c.FoundErr = signer.FindClaim(req)
	if c.S3 = dialect.IsS3(req, c.Found); c.S3 {
		own := *r
		own.Header = dialect.Read(req, c.Found)
		r, c.HTTP = &own, &own
	}
	j.Env.Touch(c.Addr.AppID)
	c.Bucket, c.NoBucket = j.Env.FindBucket(&c.Addr)
	c.Account = j.accountOf(c)
	c.Op = j.Table.Find(&c.Addr, r, c.Query())
	c.At = j.Env.Now(c.Account)
	c.ID = j.IDs.New(c.At)
	return c
}

// accountOf finds whose request it is, as far as line and headers tell.
func (j *Judge) accountOf(c *call.Call) string {
	if c.NoBucket == nil {
		return c.Bucket.Owner
	}
	if c.Found != nil {
		if appID := j.AccountOfKey(c.Found.SecretID); appID != "" {
			j.Env.Touch(appID)
			return appID
		}
	}
	return c.Addr.AppID
}

// AccountOfKey is the account of the key pair with this id; "": there is none.
func (j *Judge) AccountOfKey(id string) string {
	k, _ := j.Keys.Get(id) // zero where there is none
	return k.AppID
}

// Release takes a call back that was served: another request will use it.
func (j *Judge) Release(c *call.Call) {
	*c = call.Call{}
	j.calls.Put(c)
}

// ArriveAside reads a request that asks no bucket for anything: STS, a proxy, or
// what is refused before anybody asks what it is about. account is whose it is; "":
// the server's.
func (j *Judge) ArriveAside(r *http.Request, req *signer.Request, operation, account string) *call.Call {
	c := &call.Call{Entry: &journal.Entry{}}
	c.Arrived = call.Arrived{
		Started: j.Real(), HTTP: r, Request: req, NoBucket: storage.ErrNoBucket, At: j.Env.Now(account), Account: account,
		Op: &call.Operation{Scope: call.Service, Method: r.Method, Name: operation},
	}
	c.ID = j.IDs.New(c.At)
	return c
}

// Suppose reads a request that did not arrive; secure means by TLS, and at is the
// moment to judge at, zero for now.
func (j *Judge) Suppose(req *signer.Request, secure bool, at time.Time, t *call.Theory) *call.Call {
	r := &http.Request{Method: req.Method, Host: req.Host, Header: req.Header, Proto: "HTTP/1.1", Body: http.NoBody}
	if secure {
		r.TLS = TLSOf("https://", req.Host)
	}
	c := j.Arrive(r, req)
	c.Theory = t
	if t != nil && t.Account != "" {
		c.Account, c.At = t.Account, j.Env.Now(t.Account)
	}
	if !at.IsZero() {
		c.At = at
	}
	return c
}

// Claim reads off a request who it says it is, without judging it.
func (j *Judge) Claim(c *call.Call) {
	if c.Who.Claim = c.Found; c.Who.Claim == nil {
		return
	}
	if c.Who.Claim.Family != signer.QSign {
		c.Who.Trace = signer.Verify(c.Request, c.Who.Claim, "", j.VerifyOptions(c, "")) // for its texts
		return
	}
	canon := c.Request.Canonical(c.Who.Claim, signer.Reading{})
	text := canon.AppendHttpString(nil)
	c.Who.Trace.HttpString = string(text)
	c.Who.Trace.StringToSign = string(signer.AppendStringToSign(nil, c.Who.Claim.SignTime.Raw, text))
}

// Serves tells whether a host that a proxy was asked for is the emulator's.
// One on its own port is, under whatever name.
func (j *Judge) Serves(host string) bool {
	_, port, err := net.SplitHostPort(host)
	return j.Env.Resolver.Serves(host) || err == nil && port == j.Port
}

// OverTLS makes a request in absolute form for an https URL one that came by TLS: its
// client leaves TLS to the proxy (choice 241).
func OverTLS(r *http.Request) *http.Request {
	state := TLSOf(r.RequestURI, r.Host)
	if state == nil || r.TLS != nil {
		return r
	}
	secure := *r
	secure.TLS = state
	return &secure
}

// TLSOf is the TLS by which a URL would be reached; nil when it is not https.
func TLSOf(rawURL, host string) *tls.ConnectionState {
	const scheme = "https://"
	if len(rawURL) < len(scheme) || !strings.EqualFold(rawURL[:len(scheme)], scheme) {
		return nil
	}
	return &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: addr.HostName(host)}
}
