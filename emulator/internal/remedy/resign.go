package remedy

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// ErrNotSigned is the error of Resign for a request that no other signature helps.
var ErrNotSigned = errors.New("another signature would not help this request")

// signedFor is how long a request that is signed again stays valid.
const signedFor = 15 * time.Minute

// Resign returns the request of e as it arrived, signed again, with a key pair that is known. It is
// for a request that was refused for its key, its time or its signature. The error is ErrNotSigned,
// or *Insufficient where the request would still be refused. account, if not empty, is whose key
// pair it must be: a request may name that of another one.
func (r *Remedies) Resign(e *journal.Entry, account string) (*signer.Request, error) {
	k, ok := r.resignable(e)
	if !ok || account != "" && k.AppID != account {
		return nil, ErrNotSigned
	}
	query := slices.DeleteFunc(strings.Split(e.Request.Query, "&"), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return ofSignature(signer.Decode(name))
	})
	target := e.Request.Path
	if q := strings.Join(query, "&"); q != "" {
		target += "?" + q
	}
	head := http.Header{}
	for name, values := range e.Request.Header {
		if !ofSignature(name) && !ofConnection(name) {
			head[name] = slices.Clone(values)
		}
	}
	if k.Token != "" {
		head.Set("X-Cos-Security-Token", k.Token)
	}
	scheme := cmp.Or(e.Scheme, "http")
	req, err := signer.NewRequest(e.Request.Method, scheme+"://"+e.Request.Host+target, head)
	if err != nil {
		return nil, ErrNotSigned
	}
	now := r.emulator.Accounts().Now(k.AppID)
	if e.Account != "" {
		now = r.emulator.Accounts().Now(e.Account)
	}
	signed, err := signer.Sign(req, k.Credentials(), signer.SignOptions{
		Start: now, End: now.Add(signedFor), Headers: headersToSign(req), Params: paramsOf(req),
	})
	if err != nil {
		return nil, ErrNotSigned
	}
	req.Header.Set("Authorization", signed.Authorization())
	return req, r.accepted(scheme, req, time.Time{})
}

// resignable returns the key pair to sign with: the one of the request, if it is known, or else one
// of the bucket's account.
func (r *Remedies) resignable(e *journal.Entry) (keyring.Key, bool) {
	if e.Omitted != nil || e.Request == nil || e.Verdict != journal.Refused && e.Verdict != journal.Reported ||
		e.Request.Method == http.MethodOptions || e.Request.Method == http.MethodConnect || len(e.Steps) == 0 {
		return keyring.Key{}, false
	}
	// A path that was spoilt on the way would store another key.
	for _, id := range []diagnose.ID{
		diagnose.PathEncodedTwice, diagnose.PathNotEncoded, diagnose.PathPlus, diagnose.PathSlash, diagnose.PathBucket,
		diagnose.TransferEncoding, diagnose.BodyShort, diagnose.OldAPI,
	} {
		if has(e, id) {
			return keyring.Key{}, false
		}
	}
	if !slices.Contains([]string{"key", "time", "signature"}, e.Steps[len(e.Steps)-1].Name) {
		return keyring.Key{}, false
	}
	if e.Claim != nil {
		if k, ok := r.emulator.Keys().Get(e.Claim.SecretID); ok {
			return k, true
		}
	}
	for _, k := range r.emulator.Keys().Account(cmp.Or(addr.AppID(e.Bucket), e.Account)) {
		if !k.Temporary() && k.Rights == nil {
			return k, true
		}
	}
	return keyring.Key{}, false
}

// ofSignature reports whether a header or a parameter is a part of the signature.
func ofSignature(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "authorization", "sign", "x-cos-security-token", "awsaccesskeyid", "signature", "expires-at",
		"x-amz-content-sha256", "x-amz-date", "x-amz-security-token":
		return true
	}
	return strings.HasPrefix(name, "q-") || strings.HasPrefix(name, "x-amz-") && slices.Contains([]string{
		"x-amz-algorithm", "x-amz-credential", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature",
	}, name)
}

// ofConnection reports whether a header belongs to one connection or to the body that was sent.
func ofConnection(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "proxy-connection", "transfer-encoding", "expect", "content-length", "content-md5", "host", "x-cos-content-sha1":
		return true
	}
	return false
}

// headersToSign are the host, the type and the headers of COS.
func headersToSign(req *signer.Request) []string {
	names := []string{"host"}
	for name := range req.Header {
		if low := strings.ToLower(name); low == "content-type" || strings.HasPrefix(low, "x-cos-") {
			names = append(names, low)
		}
	}
	return names
}

func paramsOf(req *signer.Request) []string {
	var names []string
	for _, p := range req.Params {
		names = append(names, p.DecodedName())
	}
	return names
}
