package signer

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// SignOptions say what a signature covers, and for how long.
type SignOptions struct {
	// Start and End are q-sign-time, to the second.
	Start, End time.Time
	// KeyStart and KeyEnd are q-key-time; both zero: the same as q-sign-time.
	KeyStart, KeyEnd time.Time
	// Headers and Params name what is signed, in any case and decoded. "host"
	// is signed only when it is named. A name that the request does not have
	// is left out.
	Headers, Params []string
}

// Signed is a finished signature with the texts that led to it.
type Signed struct {
	// Claim is the signature as a server will read it.
	Claim Claim
	// HttpString and StringToSign are what was signed. A token that was signed
	// stands in HttpString.
	HttpString, StringToSign string
}

// Authorization is the string for the Authorization header.
func (s Signed) Authorization() string { return s.Claim.Authorization() }

// String is the authorization string. HttpString is left out: a token may stand
// in it.
func (s Signed) String() string { return s.Authorization() }

// Format writes [Signed.String] whatever the verb.
func (s Signed) Format(f fmt.State, _ rune) { writeState(f, s.String()) }

// LogValue is what structured logs show: as [Signed.String].
func (s Signed) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Sign signs a request. The request is not changed.
func Sign(req *Request, cr Credentials, o SignOptions) (*Signed, error) {
	if cr.SecretID == "" || cr.SecretKey == "" {
		return nil, errors.New("signer: a SecretID and a SecretKey are needed to sign")
	}
	signTime := NewTimeRange(o.Start, o.End)
	keyTime := signTime
	if !o.KeyStart.IsZero() || !o.KeyEnd.IsZero() {
		keyTime = NewTimeRange(o.KeyStart, o.KeyEnd)
	}
	if !signTime.Valid || !keyTime.Valid {
		return nil, errors.New("signer: the validity ends before it starts, or starts before 1970")
	}
	c := Claim{
		Algorithm:  Algorithm,
		SecretID:   cr.SecretID,
		SignTime:   signTime,
		KeyTime:    keyTime,
		HeaderList: lowerAll(o.Headers),
		ParamList:  lowerAll(o.Params),
	}
	canon := req.Canonical(&c, Reading{})
	c.HeaderList, c.RawHeaderList = lists(canon.Headers)
	c.ParamList, c.RawParamList = lists(canon.Params)

	http := canon.HttpString()
	sts := StringToSign(signTime.Raw, http)
	key := NewSigningKey(cr.SecretKey, keyTime.Raw)
	c.Signature = key.Sign(sts)
	return &Signed{Claim: c, HttpString: http, StringToSign: sts}, nil
}

func lowerAll(names []string) []string {
	low := make([]string, len(names))
	for i, n := range names {
		low[i] = lowerASCII(n)
	}
	return low
}

// lists gives the names of sorted pairs as a Claim holds them: decoded, and as
// they are written, each once.
func lists(pairs []Pair) (names []string, raw string) {
	keys := make([]string, len(pairs))
	for i, p := range pairs {
		keys[i] = p.Key
	}
	keys = slices.Compact(keys)
	raw = strings.Join(keys, ";")
	return splitList(raw), raw
}
