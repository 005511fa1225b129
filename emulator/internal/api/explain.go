package api

import (
	"errors"
	"slices"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// explain finds out why a request was refused, or would have been: for the
// header x-cosemu-diagnosis, the log and the journal. It costs accepted
// requests nothing, and the refused ones a few milliseconds at most.
func (e *Emulator) explain(c *call, err *coserr.Error) {
	if c.decision.Reason == authz.ByCrossSitePage {
		c.found(wordsCrossSite.Finding(diagnose.Values{}))
		return
	}
	if c.reordered != "" {
		m := wordsReordered
		m.ID = c.reordered
		c.found(m.Finding(diagnose.Values{Name: c.reorderedName}))
		return
	}
	if !explainable(err.Code) && c.source == nil && !e.misaddressed(c) || c.decision.Reason == authz.ByReferer {
		return // a referer list is named by the message
	}
	e.diagnose(c, err)
}

// diagnose looks for what is wrong with a request; err is how it was refused.
func (e *Emulator) diagnose(c *call, err *coserr.Error) {
	facts := e.facts(c, err)
	claim, key := c.claim, e.named(c)
	if claim == nil && facts.Bare != "" && facts.BucketMissing { // refused before anybody looked who asks
		if claim, _ = signer.ParseClaim(c.req); claim != nil {
			k, _ := e.keys.Get(claim.SecretID) // zero when there is none
			key = credentials(&k)
		}
	}
	report := diagnose.Explain(diagnose.Input{
		Request: c.req, Claim: claim, Now: c.judged,
		Key:       key,
		OtherKeys: e.otherKeys(key.SecretID),
		Verify:    e.verifyOptions(c),
		AWS:       c.aws,
		Form:      c.formEvidence(),
		Facts:     facts,
	})
	if len(report.Findings) == 0 && c.form != nil {
		return // a form's condition, which the message names (choice 477)
	}
	c.entry.Finding = report
	for _, id := range report.IDs() {
		c.entry.Diagnosis = append(c.entry.Diagnosis, string(id))
	}
	c.diagnosis = report.Header()
}

// named is the pair that the request names. Of one that is only explained it is
// known also where no server could read the signature.
func (e *Emulator) named(c *call) signer.Credentials {
	if c.theory == nil || c.claim != nil {
		return credentials(&c.key)
	}
	k, _ := e.keys.Get(c.theory.secretID) // zero when there is none
	if c.theory.secret != "" && c.theory.secretID != "" {
		k.SecretID, k.SecretKey = c.theory.secretID, c.theory.secret
	}
	return credentials(&k)
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

func credentials(k *keyring.Key) signer.Credentials {
	return signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token}
}

// maxOtherKeys bounds how many pairs' secrets are tried in a search.
const maxOtherKeys = 200

// otherKeys are further pairs that are known, the permanent ones first.
func (e *Emulator) otherKeys(but string) []signer.Credentials {
	var permanent, issued []signer.Credentials
	for _, k := range e.keys.List() {
		switch {
		case k.SecretID == but:
		case k.Parent == "":
			permanent = append(permanent, credentials(&k))
		default:
			issued = append(issued, credentials(&k))
		}
	}
	all := slices.Concat(permanent, issued)
	return all[:min(len(all), maxOtherKeys)]
}

// facts are what the server knows beside the request's own bytes.
func (e *Emulator) facts(c *call, err *coserr.Error) diagnose.Facts {
	f := diagnose.Facts{
		Code: string(err.Code), Received: c.received, Key: keyState(c.keyErr),
		Bucket: c.addr.Bucket, BucketRegion: c.bucket.Region, AddressRegion: c.addr.Region,
		Hosts: e.hosts(c), Alias: e.resolver.AliasFor(c.req.Host, c.req.Path),
	}
	f.CORS, f.Strict = corsRefusal(c, err), c.decision.Strict
	if f.Key == diagnose.KeyTokenExpired {
		f.TokenExpired = c.key.Expires
	}
	if c.bucket.Name == "" && c.addr.Bucket != "" {
		e.missingBucket(c, &f)
	}
	f.HostUnknown = c.addr.Style == addr.PathStyle && !e.resolver.Knows(c.req.Host)
	if c.addr.Style == addr.PathStyle && e.resolver.CanAlias(c.req.Host) {
		f.Bare = c.req.Host
	}
	if set := e.clock.State(); set.Offset != 0 {
		f.Clock = &diagnose.ClockSetting{Offset: set.Offset, Frozen: set.Frozen, Since: set.Since}
	}
	if f.BucketMissing || err.Code == coserr.SignatureDoesNotMatch {
		e.knownAddresses(c, &f)
	}
	f.Policy, f.Source = c.decision.Policy, c.source
	return f
}

func keyState(err error) diagnose.KeyState {
	switch {
	case errors.Is(err, keyring.ErrUnknownKey):
		return diagnose.KeyNotFound
	case errors.Is(err, keyring.ErrTokenMissing):
		return diagnose.KeyTokenMissing
	case errors.Is(err, keyring.ErrTokenMismatch):
		return diagnose.KeyTokenUnknown
	case errors.Is(err, keyring.ErrTokenExpired):
		return diagnose.KeyTokenExpired
	}
	return diagnose.KeyFound
}

// missingBucket tells a bucket in another region from one that is nowhere.
func (e *Emulator) missingBucket(c *call, f *diagnose.Facts) {
	if b, err := e.store.Bucket(c.addr.Bucket); err == nil {
		f.BucketRegion = b.Region
		f.BucketMissing = c.addr.Region != "" && c.addr.Region != b.Region
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
func (e *Emulator) knownAddresses(c *call, f *diagnose.Facts) {
	buckets, _ := e.store.Buckets() // without them the explanation is shorter
	f.Regions = make(map[string]string)
	if c.bucket.Name != "" {
		f.Buckets = append(f.Buckets, c.bucket.Name)
		f.Regions[c.bucket.Name] = c.bucket.Region
	}
	for i := range buckets[:min(len(buckets), maxKnownBuckets)] {
		if b := &buckets[i]; b.Name != c.bucket.Name {
			f.Buckets = append(f.Buckets, b.Name)
			f.Regions[b.Name] = b.Region
		}
	}
	if c.bucket.Name == "" {
		return
	}
	seen := map[string]bool{c.addr.Key: true, "": true}
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			f.Keys = append(f.Keys, key)
		}
	}
	for _, entry := range e.journal.Select(journal.Filter{Bucket: c.bucket.Name, Limit: maxKnownKeys}) {
		add(entry.Key)
	}
	page, _ := e.store.List(c.bucket.Name, storage.ListOptions{Max: maxKnownKeys}) // as with buckets
	for i := range page.Objects {
		add(page.Objects[i].Key)
	}
}

// formEvidence is what a form says of its signature; nil where there is none.
func (c *call) formEvidence() *diagnose.FormEvidence {
	if c.form == nil {
		return nil
	}
	ak, hasAK := c.form.Lookup("q-ak")
	ev := &diagnose.FormEvidence{Encoded: c.form.Get("policy"), Problem: c.policyProblem, KeyEmpty: hasAK && ak == ""}
	ev.Claimed = c.auth != nil && c.auth.Claim != nil
	if c.auth != nil && c.auth.Policy != nil {
		ev.Policy, ev.Signed = c.auth.Policy.Text, c.auth.Way == form.WayPolicy
	}
	return ev
}

// hosts are the names under which the bucket could have been addressed, and
// may have been when the client signed.
func (e *Emulator) hosts(c *call) []string {
	var out []string
	if e.cfg.Endpoint != "" {
		out = append(out, e.cfg.Endpoint)
	}
	for host, bucket := range e.cfg.Aliases {
		if bucket == c.addr.Bucket {
			out = append(out, host)
		}
	}
	for _, d := range e.cfg.Domains {
		out = append(out, c.addr.Bucket+"."+d)
	}
	return out
}
