// Package offline judges a request without a server: from its URL and headers,
// the body with which the real cloud refused it, or both, and the key pairs at
// hand.
package offline

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/answer"
	"github.com/cosemu/cosemu/emulator/addr"
	"github.com/cosemu/cosemu/emulator/coserr"
	"github.com/cosemu/cosemu/emulator/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Case is what is known. Request or Cloud is needed, and Now with a Request.
type Case struct {
	Request *signer.Request
	// AnyMethod tells that nobody said what the method of Request is.
	AnyMethod bool
	Cloud     *diagnose.CloudError
	// Now is the moment to judge at; with a Cloud that tells the time, and
	// zero, that of the cloud.
	Now time.Time
	// Secret is the SecretKey of the pair that the request names, when it was
	// given for this; else it is looked for among Keys.
	Secret string
	// Keys are the configured pairs.
	Keys []keyring.Key
	// Hosts, Domains and Aliases are how the emulator is reached, which is
	// where a request may have been meant to go.
	Hosts   []string
	Domains []string
	Aliases map[string]string
	// Regions are those of the configured buckets.
	Regions map[string]string
}

// SecretOf tells which pair the request names, "" when it names none, and
// whether c has the SecretKey of it.
func (c *Case) SecretOf() (secretID string, known bool) {
	id := c.secretID()
	return id, id != "" && (c.Secret != "" || slices.ContainsFunc(c.Keys, func(k keyring.Key) bool { return k.SecretID == id }))
}

// secretID is the pair that the request names, be its signature so damaged
// that no server could read it.
func (c *Case) secretID() string {
	if c.Request == nil {
		return ""
	}
	if claim := c.claim(); claim != nil {
		return claim.SecretID
	}
	text := c.Request.Query + "&" + c.Request.Header.Get("Authorization")
	for range 3 {
		if _, after, ok := strings.Cut(text, "q-ak="); ok {
			end := strings.IndexAny(after, `&\ "'`)
			if end < 0 {
				end = len(after)
			}
			return after[:end]
		}
		text = signer.Decode(text)
	}
	return ""
}

func (c *Case) claim() *signer.Claim {
	if c.Request == nil {
		return nil
	}
	claim, _ := signer.ParseClaim(c.Request) // nil when there is none
	return claim
}

// Explain judges the case.
func Explain(c Case) (*answer.Explanation, error) {
	if c.Request == nil && c.Cloud == nil {
		return nil, errors.New("there is neither a request nor a refusal")
	}
	if c.Request != nil {
		r := *c.Request // its method may have to be found out
		c.Request = &r
	}
	j := &judgement{Case: c, claim: c.claim()}
	if err := j.prepare(); err != nil {
		return nil, err
	}
	e := &answer.Explanation{SecretKnown: j.in.Key.SecretKey != ""}
	if c.Cloud != nil {
		j.methodOfCloud()
		e.Finding = diagnose.ExplainCloud(c.Cloud, j.in)
		e.Cloud = j.cloud(e.Finding)
		if c.Request != nil {
			e.Request = j.request()
		}
	} else {
		e.Finding = j.explain()
		e.Request = j.request()
		j.verdict(e)
	}
	j.hideFindings(e.Finding)
	e.MethodGuessed = j.AnyMethod && e.Finding.Signed == nil
	if e.Request != nil {
		e.Request.Diagnosis = []string{}
		for _, id := range e.Finding.IDs() {
			e.Request.Diagnosis = append(e.Request.Diagnosis, string(id))
		}
	}
	if e.Finding.Findings == nil {
		e.Finding.Findings = []diagnose.Finding{} // a list also in JSON
	}
	return e, nil
}

type judgement struct {
	Case
	claim *signer.Claim
	addr  addr.Address
	in    diagnose.Input
}

// prepare gathers what is known about the request and its keys.
func (j *judgement) prepare() error {
	j.in = diagnose.Input{Request: j.Request, Claim: j.claim, Now: j.Now}
	j.in.Facts.Hosts = slices.Clone(j.Hosts)
	id := j.secretID()
	for i := range j.Keys {
		k := signer.Credentials{SecretID: j.Keys[i].SecretID, SecretKey: j.Keys[i].SecretKey, Token: j.Keys[i].Token}
		if id != "" && k.SecretID == id {
			j.in.Key = k
		} else {
			j.in.OtherKeys = append(j.in.OtherKeys, k)
		}
	}
	switch {
	case j.Secret != "":
		j.in.Key = signer.Credentials{SecretID: id, SecretKey: j.Secret}
	case j.in.Key.SecretKey != "" && j.Cloud == nil && j.claim != nil:
		j.askRing()
	}
	return j.locate()
}

// askRing looks a configured pair up as the emulator does, its token included.
func (j *judgement) askRing() {
	ring := keyring.New()
	for i := range j.Keys {
		if err := ring.Add(j.Keys[i]); err != nil {
			return // it is none that the emulator would know
		}
	}
	k, err := ring.Lookup(j.claim.SecretID, j.claim.Token, j.Now)
	f := &j.in.Facts
	switch {
	case errors.Is(err, keyring.ErrTokenMissing):
		f.Key = diagnose.KeyTokenMissing
	case errors.Is(err, keyring.ErrTokenMismatch):
		f.Key = diagnose.KeyTokenUnknown
	case errors.Is(err, keyring.ErrTokenExpired):
		f.Key, f.TokenExpired = diagnose.KeyTokenExpired, k.Expires
	}
}

// locate finds out which bucket the request is about.
func (j *judgement) locate() error {
	if j.Request == nil {
		return nil
	}
	r, err := addr.New(addr.Config{Domains: j.Domains, Aliases: j.Aliases, IsBucket: func(name string) bool { return j.Regions[name] != "" }})
	if err != nil {
		return err
	}
	a := r.Resolve(j.Request.Host, j.Request.Path)
	f := &j.in.Facts
	f.Alias = r.AliasFor(j.Request.Host, j.Request.Path)
	j.in.Verify.Allows = func(how signer.Reading) bool {
		return r.SameMeaning(j.Request.Host, j.Request.Path, how, j.onlyBucket)
	}
	complete := addr.ValidBucket(a.Bucket) == nil
	switch {
	case a.Bucket == "":
		return nil
	case complete:
		j.in.Verify.PathPrefix = a.PathPrefix
	case !addr.IsCloudHost(j.Request.Host):
		// A host of which nothing is known, with a path of its own.
		return nil
	default:
		// A bucket without its APPID is nowhere in the cloud.
		f.BucketMissing = a.AppID == ""
	}
	j.addr = a
	f.Bucket, f.AddressRegion, f.BucketRegion = a.Bucket, a.Region, j.Regions[a.Bucket]
	for host, bucket := range j.Aliases {
		if bucket == a.Bucket {
			f.Hosts = append(f.Hosts, host)
		}
	}
	slices.Sort(f.Hosts)
	for _, d := range j.Domains {
		f.Hosts = append(f.Hosts, a.Bucket+"."+d)
	}
	return nil
}

// onlyBucket tells whether a bucket is the only configured one of its account.
func (j *judgement) onlyBucket(bucket string) bool {
	for name := range j.Regions {
		if name != bucket && addr.AppID(name) == addr.AppID(bucket) {
			return false
		}
	}
	return true
}

// methodOfCloud takes the method from the cloud's body where nobody said it.
func (j *judgement) methodOfCloud() {
	if !j.AnyMethod || j.Request == nil {
		return
	}
	if m, _, ok := strings.Cut(j.Cloud.FormatString, "\n"); ok && m != "" {
		j.Request.Method, j.AnyMethod = strings.ToUpper(m), false
	}
}

// explain looks for what is wrong. A method that nobody said is not held
// against the request: it is the one with which the signature can be explained
// (choice 160).
func (j *judgement) explain() *diagnose.Report {
	first := j.Request.Method
	report, ok := j.explainAs(first)
	if ok || !j.AnyMethod || j.in.Key.SecretKey == "" {
		j.AnyMethod = j.AnyMethod && !ok
		return report
	}
	for _, m := range []string{http.MethodPut, http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
		if r, ok := j.explainAs(m); ok {
			j.AnyMethod = false
			return r
		}
	}
	report, _ = j.explainAs(first)
	return report
}

// explainAs explains the request with a method. True means that this method
// was signed: the signature holds, or is explained by something else.
func (j *judgement) explainAs(method string) (*diagnose.Report, bool) {
	j.Request.Method = method
	if j.claim != nil && j.in.Key.SecretKey != "" {
		v := signer.Verify(j.Request, j.claim, j.in.Key.SecretKey, j.in.Verify)
		j.in.Verdict = &v
		if v.OK {
			return diagnose.Explain(j.in), true
		}
	}
	report := diagnose.Explain(j.in)
	return report, report.Signed != nil && !slices.ContainsFunc(report.Findings, func(f diagnose.Finding) bool {
		return f.ID == diagnose.Method && f.Proven
	})
}

// verdict says what each check of a server would come to.
func (j *judgement) verdict(e *answer.Explanation) {
	r := e.Request
	if j.claim == nil {
		return
	}
	r.At = answer.Moment(j.Now)
	step := func(name string, refusal coserr.Code, message string) {
		outcome := "ok"
		if refusal != "" {
			outcome = string(refusal)
			if r.Code == "" {
				problem := coserr.New(refusal)
				r.Verdict, r.Code, r.Status, r.Message = answer.Refused, outcome, problem.Status, problem.Message
				if message != "" {
					r.Message = message
				}
			}
		}
		r.Steps = append(r.Steps, answer.Step{Name: name, Outcome: outcome})
	}
	unchecked := func(name string) { r.Steps = append(r.Steps, answer.Step{Name: name, Outcome: "unchecked"}) }
	if !e.SecretKnown {
		unchecked("key")
	} else {
		step("key", keyRefusal(j.in.Facts.Key), "")
	}
	code, message := timeRefusal(j.claim.CheckTime(j.Now))
	step("time", code, message)
	switch v := j.in.Verdict; {
	case v == nil && e.Finding.Signed == nil:
		unchecked("signature")
		return
	case v == nil: // another pair's secret made it
		step("signature", coserr.SignatureDoesNotMatch, "")
	case v.OK:
		step("signature", "", "")
		r.Signature.Reading = v.Reading
	default:
		step("signature", coserr.SignatureDoesNotMatch, "")
	}
	if r.Verdict == "" && len(e.Finding.Findings) == 0 {
		r.Verdict = answer.Accepted
	}
}

func keyRefusal(s diagnose.KeyState) coserr.Code {
	switch s {
	case diagnose.KeyTokenExpired:
		return coserr.ExpiredToken
	case diagnose.KeyTokenMissing, diagnose.KeyTokenUnknown, diagnose.KeyNotFound:
		return coserr.InvalidAccessKeyID
	}
	return ""
}

func timeRefusal(err error) (code coserr.Code, message string) {
	var te *signer.TimeError
	switch {
	case !errors.As(err, &te):
		return "", ""
	case te.Kind == signer.TimeNotYetValid:
		return coserr.RequestTimeTooSkewed, ""
	}
	return coserr.AccessDenied, "Request has expired"
}
