package api

import (
	"cmp"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// explain finds out why a request was refused, or would have been: for the
// header x-cosemu-diagnosis, the log and the journal. It costs accepted
// requests nothing, and the refused ones a few milliseconds at most.
func (e *Emulator) explain(c *call.Call, err *coserr.Error) {
	if c.Out.Denied.Reason == authz.ByCrossSitePage {
		found(c, wordsCrossSite.Finding(diagnose.Values{}))
		return
	}
	if c.Who.Reordered != "" {
		m := wordsReordered
		m.ID = c.Who.Reordered
		found(c, m.Finding(diagnose.Values{Name: c.Who.ReorderedName}))
		return
	}
	if !explainable(err.Code) && c.Out.Source == nil && !e.misaddressed(c) || c.Out.Denied.Reason == authz.ByReferer {
		return // a referer list is named by the message
	}
	e.diagnose(c, err)
}

// diagnose looks for what is wrong with a request; err is how it was refused.
func (e *Emulator) diagnose(c *call.Call, err *coserr.Error) {
	facts := e.facts(c, err)
	claim, key := c.Who.Claim, e.named(c)
	if claim == nil && facts.Bare != "" && facts.BucketMissing { // refused before anybody looked who asks
		if claim, _ = signer.ParseClaim(c.Request); claim != nil {
			k, _ := e.who.Keys().Get(claim.SecretID) // zero when there is none
			key = k.Credentials()
		}
	}
	report := diagnose.Explain(diagnose.Input{
		Request: c.Request, Claim: claim, Now: judgedAt(c),
		Key:       key,
		OtherKeys: e.who.Others(key.SecretID),
		Verify:    e.verifyOptions(c, c.Who.Key.AppID),
		AWS:       c.Who.AWS,
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

// named is the pair that the request names. Of one that is only explained it is
// known also where no server could read the signature.
func (e *Emulator) named(c *call.Call) signer.Credentials {
	if c.Theory == nil || c.Who.Claim != nil {
		return c.Who.Key.Credentials()
	}
	k, _ := e.who.Keys().Get(c.Theory.SecretID) // zero when there is none
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
		coserr.NotImplemented, coserr.InvalidRequest, coserr.InvalidURI, coserr.MalformedPOSTRequest:
		return true
	}
	return false
}

// facts are what the server knows beside the request's own bytes.
func (e *Emulator) facts(c *call.Call, err *coserr.Error) diagnose.Facts {
	f := diagnose.Facts{
		Code: string(err.Code), Received: c.Out.Received, Key: keyring.State(cmp.Or(c.Out.CutBy, c.Who.KeyErr)),
		Bucket: c.Addr.Bucket, BucketRegion: c.Bucket.Region, AddressRegion: c.Addr.Region,
		Hosts: e.hosts(c), Alias: e.resolver.AliasFor(c.Request.Host, c.Request.Path),
	}
	f.CORS, f.Strict = corsRefusal(c, err), c.Out.Denied.Strict
	if f.Key == diagnose.KeyTokenExpired {
		f.TokenExpired = c.Who.Key.Expires
	}
	if c.Bucket.Name == "" && c.Addr.Bucket != "" {
		e.missingBucket(c, &f)
	}
	f.HostUnknown = c.Addr.Style == addr.PathStyle && !e.resolver.Knows(c.Request.Host)
	if c.Addr.Style == addr.PathStyle && e.resolver.CanAlias(c.Request.Host) {
		f.Bare = c.Request.Host
	}
	if set := e.clock.State(); set.Offset != 0 {
		f.Clock = &diagnose.ClockSetting{Offset: set.Offset, Frozen: set.Frozen, Since: set.Since}
	}
	if f.BucketMissing || err.Code == coserr.SignatureDoesNotMatch {
		e.knownAddresses(c, &f)
	}
	f.Policy, f.Source = c.Out.Denied.Policy, c.Out.Source
	return f
}

// missingBucket tells a bucket in another region from one that is nowhere.
func (e *Emulator) missingBucket(c *call.Call, f *diagnose.Facts) {
	if b, err := e.store.Bucket(c.Addr.Bucket); err == nil {
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
func (e *Emulator) knownAddresses(c *call.Call, f *diagnose.Facts) {
	buckets, _ := e.store.Buckets() // without them the explanation is shorter
	f.Regions = make(map[string]string)
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
	for _, entry := range e.journal.Select(journal.Filter{Bucket: c.Bucket.Name, Limit: maxKnownKeys}) {
		add(entry.Key)
	}
	page, _ := e.store.List(c.Bucket.Name, storage.ListOptions{Max: maxKnownKeys}) // as with buckets
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
	ev.Claimed = c.Auth != nil && c.Auth.Claim != nil
	if c.Auth != nil && c.Auth.Policy != nil {
		ev.Policy, ev.Signed = c.Auth.Policy.Text, c.Auth.Way == form.WayPolicy
	}
	return ev
}

// hosts are the names under which the bucket could have been addressed, and
// may have been when the client signed.
func (e *Emulator) hosts(c *call.Call) []string {
	var out []string
	if e.cfg.Endpoint != "" {
		out = append(out, e.cfg.Endpoint)
	}
	for host, bucket := range e.cfg.Aliases {
		if bucket == c.Addr.Bucket {
			out = append(out, host)
		}
	}
	for _, d := range e.cfg.Domains {
		out = append(out, c.Addr.Bucket+"."+d)
	}
	return out
}
