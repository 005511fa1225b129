package explain

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/judge"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// WhyRefused explains what was refused, or would have been: the request, or
// the first of several keys in it.
func (x *Explainer) WhyRefused(c *call.Call, rep *call.Reply) {
	switch {
	case c.Out.Reported != nil:
		x.explain(c, c.Out.Reported)
	case rep.Err != nil:
		x.explain(c, rep.Err)
	case c.Out.Denied.Policy != nil:
		x.explain(c, coserr.New(coserr.AccessDenied))
	}
}

// explain finds out why a request was refused, or would have been: for the
// header x-cosemu-diagnosis, the log and the journal. It costs accepted
// requests nothing, and the refused ones a few milliseconds at most.
func (x *Explainer) explain(c *call.Call, err *coserr.Error) {
	if c.Out.Denied.Reason == authz.ByCrossSitePage {
		Found(c, wordsCrossSite.Finding(diagnose.Values{}))
		return
	}
	if c.Who.Reordered != "" {
		m := wordsReordered
		m.ID = c.Who.Reordered
		Found(c, m.Finding(diagnose.Values{Name: c.Who.ReorderedName}))
		return
	}
	if !explainable(err.Code) && !signedAWS(c) && c.Out.Source == nil && !x.Judge.Misaddressed(c) || c.Out.Denied.Reason == authz.ByReferer {
		return // a referer list is named by the message
	}
	x.diagnose(c, err)
}

// diagnose looks for what is wrong with a request; err is how it was refused.
func (x *Explainer) diagnose(c *call.Call, err *coserr.Error) {
	facts := x.facts(c, err)
	claim, key := c.Who.Claim, x.named(c)
	if claim == nil && facts.Bare != "" && facts.BucketMissing { // refused before anybody looked who asks
		if claim = c.Found; claim != nil {
			k, _ := x.Who.Keys().Get(claim.SecretID) // zero when there is none
			key = k.Credentials()
		}
	}
	report := diagnose.Explain(diagnose.Input{
		Request: c.Request, Claim: claim, Now: judgedAt(c),
		Key:       key,
		OtherKeys: x.Who.Others(key.SecretID, x.sees(c)),
		Verify:    x.Judge.VerifyOptions(c, c.Who.Key.AppID),
		Problem:   problemOf(err),
		Form:      formEvidence(c),
		Facts:     facts,
	})
	if len(report.Findings) == 0 && c.Form != nil {
		return // a form's condition, which the message names (choice 477)
	}
	c.Entry.Finding = report
	for _, id := range report.IDs() {
		c.Entry.Diagnosis = append(c.Entry.Diagnosis, string(id))
	}
	c.Out.Diagnosis = report.Header()
}

// signedAWS reports whether a call is signed the S3 way: then any refusal before
// the operation may have its cause there.
func signedAWS(c *call.Call) bool { return c.Who.Claim != nil && c.Who.Claim.Family != signer.QSign }

// problemOf is what is wrong with an S3 signature that was refused for that.
func problemOf(err *coserr.Error) (p *signer.ClaimError) {
	errors.As(err, &p)
	return p
}

// sees tells which accounts an explanation may name: those that both the caller and
// the owner of the journal's entry may know of.
func (x *Explainer) sees(c *call.Call) func(account string) bool {
	return x.seesBoth(c.Account, c.Who.Key.AppID)
}

// seesBoth tells which accounts may be named to an account: none, where the caller's
// may not. An empty caller is anonymous.
func (x *Explainer) seesBoth(account, caller string) func(account string) bool {
	of := x.Sees(account)
	if caller != "" && !of(caller) {
		return func(string) bool { return false }
	}
	return of
}

// named is the pair that the request names. Of one that is only explained it is
// known also where no server could read the signature.
func (x *Explainer) named(c *call.Call) signer.Credentials {
	if c.Theory == nil || c.Who.Claim != nil {
		return c.Who.Key.Credentials()
	}
	k, _ := x.Who.Keys().Get(c.Theory.SecretID) // zero when there is none
	if c.Theory.Secret != "" && c.Theory.SecretID != "" {
		k.SecretID, k.SecretKey = c.Theory.SecretID, c.Theory.Secret
	}
	return k.Credentials()
}

// judgedAt is the time of the last look at a call's validity: that of its
// arrival, unless its body was cut.
func judgedAt(c *call.Call) time.Time {
	if c.Out.CutAt.IsZero() {
		return c.At
	}
	return c.Out.CutAt
}

// explainable are the codes behind which there is a mistake of the client's
// signing, address, rights or body to be found. A key that is not there, a
// condition that does not hold, speak for themselves.
func explainable(code coserr.Code) bool {
	switch code {
	case coserr.AccessDenied, coserr.SignatureDoesNotMatch, coserr.InvalidAccessKeyID, coserr.ExpiredToken,
		coserr.RequestTimeTooSkewed, coserr.AccessForbidden, coserr.NoSuchBucket, coserr.InvalidBucketName,
		coserr.InvalidDigest, coserr.BadDigest, coserr.IncompleteBody, coserr.InvalidPolicyDocument, coserr.MethodNotAllowed,
		coserr.NotImplemented, coserr.InvalidRequest, coserr.XAmzContentSHA256Mismatch, coserr.InvalidURI, coserr.MalformedPOSTRequest:
		return true
	}
	return false
}

// facts are what the server knows beside the request's own bytes.
func (x *Explainer) facts(c *call.Call, err *coserr.Error) diagnose.Facts {
	f := diagnose.Facts{
		Code: string(err.Code), Received: c.Out.Received, Key: keyring.State(cmp.Or(c.Out.CutBy, c.Who.KeyErr)),
		Bucket: c.Addr.Bucket, BucketRegion: c.Bucket.Region, AddressRegion: c.Addr.Region,
		Hosts: x.hosts(c), Alias: x.Judge.Env.Resolver.AliasFor(c.Request.Host, c.Request.Path),
	}
	f.CORS, f.Strict = corsRefusal(c, err), c.Out.Denied.Strict
	if f.Key == diagnose.KeyTokenExpired {
		f.TokenExpired = c.Who.Key.Expires
	}
	if c.Bucket.Name == "" && c.Addr.Bucket != "" {
		x.missingBucket(c, &f)
	}
	f.HostUnknown = c.Addr.Style == addr.PathStyle && !x.Judge.Env.Resolver.Serves(c.Request.Host)
	if c.Addr.Style == addr.PathStyle && x.Judge.Env.Resolver.CanAlias(c.Request.Host) {
		f.Bare = c.Request.Host
	}
	if set := x.ClockOf(c.Account).State(); set.Offset != 0 {
		f.Clock = &diagnose.ClockSetting{Offset: set.Offset, Frozen: set.Frozen, Since: set.Since}
	}
	if f.BucketMissing || err.Code == coserr.SignatureDoesNotMatch {
		x.knownAddresses(c, &f)
	}
	if c.Bucket.Name != "" && !x.Sees(c.Account)(c.Bucket.Owner) {
		f.BucketRegion = "" // another account's
	}
	f.Policy, f.Source = x.policyRefusal(c), c.Out.Source
	errors.As(err, &f.Chunk)
	return f
}

// policyRefusal is what the account may know of a refusal by a policy. Of another
// account's policy it learns whose key and whose bucket they are, and no more.
func (x *Explainer) policyRefusal(c *call.Call) *diagnose.PolicyRefusal {
	p := c.Out.Denied.Policy
	if p == nil {
		return nil
	}
	of, caller := x.Sees(c.Account), c.Who.Key.AppID
	owner := cmp.Or(p.Owner, caller)
	holder := caller
	if p.Source == diagnose.BucketPolicy || p.Source == diagnose.AnyPolicy {
		holder = owner
	}
	seen := *p
	switch {
	case !of(holder):
		return &diagnose.PolicyRefusal{Action: p.Action, Anonymous: p.Anonymous, Owner: p.Owner, Caller: p.Caller}
	case caller != "" && !of(caller):
		seen.Suggestion = "" // it names the caller
	}
	return &seen
}

// missingBucket tells a bucket in another region from one that is nowhere.
func (x *Explainer) missingBucket(c *call.Call, f *diagnose.Facts) {
	if b, err := x.Judge.Env.Store.Bucket(c.Addr.Bucket); err == nil && x.sees(c)(b.Owner) {
		f.BucketRegion = b.Region
		f.BucketMissing = c.Addr.Region != "" && c.Addr.Region != b.Region
		return
	}
	f.BucketMissing = true
}

// The bounds of what a search is told of buckets and objects.
const (
	maxKnownBuckets = 1000
	maxKnownKeys    = 32
)

// knownAddresses are the buckets there are, and objects of the one that was
// asked for: a request may have been signed for one of them.
func (x *Explainer) knownAddresses(c *call.Call, f *diagnose.Facts) {
	sees := x.sees(c)
	buckets, _ := x.Judge.Env.Store.BucketsWhere(sees) // without them the explanation is shorter
	f.Regions = make(map[string]string)
	if c.Bucket.Name != "" && !sees(c.Bucket.Owner) {
		return
	}
	if c.Bucket.Name != "" {
		f.Buckets = append(f.Buckets, c.Bucket.Name)
		f.Regions[c.Bucket.Name] = c.Bucket.Region
	}
	for i := range buckets[:min(len(buckets), maxKnownBuckets)] {
		if b := &buckets[i]; b.Name != c.Bucket.Name {
			f.Buckets = append(f.Buckets, b.Name)
			f.Regions[b.Name] = b.Region
		}
	}
	if c.Bucket.Name == "" {
		return
	}
	seen := map[string]bool{c.Key(): true, "": true}
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			f.Keys = append(f.Keys, key)
		}
	}
	for _, entry := range x.Records.Journal.Select(journal.Filter{Bucket: c.Bucket.Name, Limit: maxKnownKeys}) {
		add(entry.Key)
	}
	page, _ := x.Judge.Env.Store.List(c.Bucket.Name, storage.ListOptions{Max: maxKnownKeys}) // as with buckets
	for i := range page.Objects {
		add(page.Objects[i].Key)
	}
}

// formEvidence is what a form says of its signature; nil where there is none.
func formEvidence(c *call.Call) *diagnose.FormEvidence {
	if c.Form == nil {
		return nil
	}
	ak, hasAK := c.Form.Lookup("q-ak")
	ev := &diagnose.FormEvidence{Encoded: c.Form.Get("policy"), Problem: c.Out.FormProblem, KeyEmpty: hasAK && ak == ""}
	aws, _ := signer.FindFormClaim(c.Form.Lookup)
	ev.S3 = aws != nil
	ev.Claimed = c.Auth != nil && c.Auth.Claim != nil
	if c.Auth != nil && c.Auth.Policy != nil {
		ev.Policy, ev.Signed = c.Auth.Policy.Text, c.Auth.Kind == form.AuthPolicy
	}
	return ev
}

// hosts are the names under which the bucket could have been addressed, and
// may have been when the client signed.
func (x *Explainer) hosts(c *call.Call) []string {
	var out []string
	if x.Endpoint != "" {
		out = append(out, x.Endpoint)
	}
	for host, bucket := range x.Judge.Env.Resolver.Aliases() {
		if bucket == c.Addr.Bucket {
			out = append(out, host)
		}
	}
	for _, d := range x.Domains {
		out = append(out, c.Addr.Bucket+"."+d)
	}
	return out
}

// corsRefusal tells the diagnosis why a preflight was refused, if that is what
// err is about.
func corsRefusal(c *call.Call, err *coserr.Error) *diagnose.CORSRefusal {
	var miss *cors.Miss
	if !errors.As(err.Cause, &miss) {
		return nil
	}
	f := &diagnose.CORSRefusal{
		Origin: call.First(c.HTTP.Header, "Origin"), Method: call.First(c.HTTP.Header, "Access-Control-Request-Method"),
		Rule: miss.Name(), Missing: strings.Join(miss.Asked, ", "),
	}
	if names := judge.RequestedHeaders(c.HTTP.Header); names != "" {
		f.Headers = strings.Split(names, ",")
	}
	return f
}

// FoundAlso adds what is known beside what was found.
func FoundAlso(c *call.Call, f diagnose.Finding) {
	if c.Entry.Finding == nil {
		Found(c, f)
		return
	}
	c.Entry.Finding.Findings = append(c.Entry.Finding.Findings, f)
	c.Entry.Diagnosis = append(c.Entry.Diagnosis, string(f.ID))
	c.Out.Diagnosis += "," + string(f.ID)
}

// Found keeps what is known of a refusal without a search.
func Found(c *call.Call, f diagnose.Finding) {
	c.Entry.Finding = &diagnose.Report{Findings: []diagnose.Finding{f}}
	c.Entry.Diagnosis = []string{string(f.ID)}
	c.Out.Diagnosis = string(f.ID)
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

// CrossSite is what is said of a request that a page of another site made the
// browser send.
func CrossSite() diagnose.Finding { return wordsCrossSite.Finding(diagnose.Values{}) }

// wordsReordered is said of a header or a parameter, by its id.
var wordsReordered = diagnose.Message{
	Sentence: diagnose.Text{
		En: "{name} arrived more than once, and its values are signed in another order.",
		Zh: "{name} 出现了不止一次，而且其值的顺序与签名时的顺序不同。",
	},
	Advice: diagnose.Text{En: "Send {name} once.", Zh: "请只发送一个 {name}。"},
}
