package explain

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// explainCloud explains a refusal, with the request that it was for when that
// is known. The request is not judged: the refusal says what came of it.
func (x *Explainer) explainCloud(a *asked) {
	in := diagnose.Input{Now: a.At}
	if a.req == nil && a.SecretID != "" {
		in.Key = x.pairOf(a)
	}
	but := in.Key.SecretID
	if a.req != nil {
		a.fillUnseen()
		in.Request = a.req
		c := x.Judge.Suppose(a.req, a.secure, time.Time{}, &call.Theory{Account: a.Account, Offline: a.Offline, SecretID: a.SecretID, Secret: a.Secret})
		x.Judge.Claim(c)
		in.Claim = c.Who.Claim
		in.Facts.Bucket, in.Facts.Hosts = c.Addr.Bucket, x.hosts(c)
		in.Verify = x.Judge.VerifyOptions(c, "")
		in.Key, but = x.pairOf(a), a.SecretID
		a.Entry = x.unjudged(c)
	}
	in.OtherKeys = x.Who.Others(but, x.seesBoth(cmp.Or(a.Account, x.Judge.AccountOfKey(a.SecretID)), x.Judge.AccountOfKey(a.SecretID)))
	a.Finding = diagnose.ExplainCloud(a.Cloud, in)
	if a.req == nil || in.Claim != nil || !a.shown.MayHaveSent("Authorization") || a.shown.Bare {
		return
	}
	// Its signature may be in a header that the text does not show.
	a.drop(func(f *diagnose.Finding) bool { return f.ID == diagnose.SignatureFormat && !f.Proven })
}

// unjudged is the entry of a request that was not judged.
func (x *Explainer) unjudged(c *call.Call) *journal.Entry {
	c.Entry.ID = c.ID.String()
	x.Records.Fill(c, &call.Reply{Status: http.StatusOK}, nil)
	c.Entry.Verdict, c.Entry.Status, c.Entry.Hints = journal.Unchecked, 0, nil
	return c.Entry
}

// pairOf is the pair that the request names, with the secret that is known.
func (x *Explainer) pairOf(a *asked) signer.Credentials {
	k, _ := x.Who.Keys().Get(a.SecretID) // zero when there is none
	if a.Secret != "" && a.SecretID != "" {
		k.SecretID, k.SecretKey = a.SecretID, a.Secret
	}
	return k.Credentials()
}

// fillUnseen takes the value of a signed header that the text does not show from
// the cloud's FormatString: what it received, was sent.
func (a *asked) fillUnseen() {
	if a.Cloud.Family != signer.QSign {
		a.fillUnseenS3()
		return
	}
	claim, _ := signer.ParseClaim(a.req)
	_, headers, ok := cutLast(strings.TrimSuffix(a.Cloud.FormatString, "\n"))
	if claim == nil || !ok {
		return
	}
	h := a.req.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	for pair := range strings.SplitSeq(headers, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name = signer.Decode(name); a.shown.MayHaveSent(name) && slices.Contains(claim.HeaderList, name) {
			h.Add(name, signer.Decode(value))
		}
	}
	a.req.Header = h
}

// fillUnseenS3 does so from the canonical request.
func (a *asked) fillUnseenS3() {
	claim, _ := signer.FindClaim(a.req)
	if claim == nil || !a.Cloud.Belongs {
		return
	}
	h := a.req.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	for line := range strings.SplitSeq(a.Cloud.FormatString, "\n") {
		name, value, ok := strings.Cut(line, ":")
		if ok && a.shown.MayHaveSent(name) && slices.Contains(claim.HeaderList, name) {
			h.Set(name, value)
		}
	}
	a.req.Header = h
}

func cutLast(text string) (before, last string, ok bool) {
	i := strings.LastIndexByte(text, '\n')
	if i < 0 {
		return "", text, false
	}
	return text[:i], text[i+1:], true
}

// drop takes findings out.
func (a *asked) drop(test func(*diagnose.Finding) bool) {
	r := *a.Finding
	r.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f diagnose.Finding) bool { return test(&f) })
	a.Finding = &r
}

// withoutUnseen removes findings about headers that may have been sent though the
// text does not show them (choice 381).
func (x *Explainer) withoutUnseen(a *asked, c *call.Call) {
	if c.Who.Claim == nil {
		x.signatureUnseen(a, c)
		return
	}
	var unseen []string
	for _, name := range c.Who.Claim.HeaderList {
		if a.shown.MayHaveSent(name) && name != "x-cos-security-token" {
			unseen = append(unseen, name)
		}
	}
	x.tokenUnseen(a, c)
	if len(unseen) == 0 || c.Who.Trace.OK {
		return
	}
	mismatch := a.Entry.Code == string(coserr.SignatureDoesNotMatch)
	signed := map[string]string{}
	a.drop(func(f *diagnose.Finding) bool {
		if f.ID == diagnose.HeaderNotSent && slices.Contains(unseen, strings.ToLower(f.Name)) {
			signed[strings.ToLower(f.Name)] = f.Signed
			return true
		}
		return f.ID == diagnose.Unknown && mismatch
	})
	if a.Entry.Verdict == journal.Refused && !mismatch {
		return // refused for something else
	}
	for _, name := range unseen {
		a.noteUnseen(http.CanonicalHeaderKey(name), signed[name])
	}
	if mismatch && len(a.Finding.Findings) == 0 {
		a.Finding.Signed, a.Finding.Arrived = nil, nil // one header of it is not known
		a.leaveOpen("signature")
	}
}

func (a *asked) noteUnseen(name, signed string) {
	if signed == "" {
		a.note("The signature covers "+name+", and what was sent is not shown here. Add it to have the signature checked.",
			"签名包含 "+name+"，这里看不到实际发送的值。补上它才能校验签名。")
		return
	}
	a.note("The signature covers "+name+": "+signed+". What was sent is not shown here: it must be just that.",
		"签名包含 "+name+": "+signed+"。这里看不到实际发送的值，它必须与此完全一致。")
}

// signatureUnseen takes back that a request has no signature, where the text may
// not show all of it.
func (x *Explainer) signatureUnseen(a *asked, c *call.Call) {
	if a.shown.Bare || !a.shown.MayHaveSent("Authorization") || c.Entry.Verdict != journal.Refused || a.SecretID != "" {
		return
	}
	a.note("The text shows no signature: there is none in the URL, and no Authorization header is shown. Paste the request headers too.",
		"文本里没有签名：URL 里没有，也没有显示 Authorization 头。请把请求头一并粘贴。")
	a.Finding = &diagnose.Report{}
	a.leaveOpen("")
}

// tokenUnseen takes back that a token is missing, where it may have been sent in
// a header.
func (x *Explainer) tokenUnseen(a *asked, c *call.Call) {
	if a.shown.Bare || c.Who.Claim.Token != "" || !a.shown.MayHaveSent("x-cos-security-token") || keyring.State(c.Who.KeyErr) != diagnose.KeyTokenMissing {
		return
	}
	a.note("The key is a temporary one, and the text does not show whether its token was sent.",
		"这是临时密钥，文本里看不到是否带了 Token。")
	a.drop(func(f *diagnose.Finding) bool { return f.ID == diagnose.TokenMissing })
	if len(a.Finding.Findings) == 0 {
		a.leaveOpen("key")
	}
}

// leaveOpen takes the verdict back: the check of that name could not be made.
func (a *asked) leaveOpen(step string) {
	en := *a.Entry
	en.Verdict, en.Status, en.Code, en.Message, en.Hints = journal.Unchecked, 0, "", "", nil
	en.Steps = slices.Clone(en.Steps)
	for i := range en.Steps {
		if en.Steps[i].Name == step || step == "" && en.Steps[i].Outcome != "ok" {
			en.Steps[i].Outcome = call.Unchecked
		}
	}
	a.Entry = &en
}
