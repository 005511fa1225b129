package diagnose

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// ExplainCloud says why the cloud refused a request. Every field of in is
// optional: Request is what the client meant to send, Claim its signature, Now the
// time to judge at if the body does not tell it.
func ExplainCloud(ce *CloudError, in Input) *Report {
	if in.Now.IsZero() {
		in.Now = ce.ServerTime
	}
	if in.Request != nil && !small(in.Request, in.Claim) {
		in.Request, in.Claim = nil, nil
	}
	c := &cloudCase{ce: ce, in: in, r: new(Report)}
	switch {
	case ce.Family != signer.QSign:
		c.mismatchAWS()
	case ce.FormatString != "":
		c.mismatch()
	default:
		c.refusal()
	}
	c.r.dropEchoes()
	c.r.sort()
	return c.r
}

type cloudCase struct {
	ce *CloudError
	in Input
	r  *Report
}

func (c *cloudCase) add(m *Message, v Values, rank int, proven bool) {
	f := m.Finding(v)
	f.rank, f.Proven, f.explains = rank, proven, true
	c.r.Findings = append(c.r.Findings, f)
}

// refusal explains every error but SignatureDoesNotMatch.
func (c *cloudCase) refusal() {
	ce := c.ce
	switch {
	case ce.Code == "InvalidAccessKeyId" && strings.Contains(ce.Message, "format you provided is invalid"):
		c.add(&wordsCloudKeyFormat, Values{}, rankKey, false)
	case ce.Code == "InvalidAccessKeyId":
		c.add(&wordsCloudKey, Values{}, rankKey, false)
	case ce.Code == "ExpiredToken":
		c.in.Facts.Key = KeyTokenExpired
	case strings.Contains(ce.Message+ce.Code, "Request has expired"):
		c.time(&wordsCloudExpired)
		return
	case ce.Code == "RequestTimeTooSkewed":
		c.time(&wordsCloudSkewed)
		return
	case c.form():
		return
	case strings.HasPrefix(ce.Message, "Strict signature"):
		c.add(&wordsCloudStrict, Values{Arrived: ce.Message}, rankStrict, false)
	case strings.HasPrefix(ce.Code, "Authorization"): // AuthorizationHeaderMalformed, AuthorizationQueryParametersError
		c.add(&wordsCloudScope, Values{Arrived: ce.Message}, rankUnreadable, false)
	case ce.Code == "PathStyleDomainForbidden":
		c.add(&wordsCloudPathStyle, Values{}, rankBucket, false)
		return
	case ce.Code == "AccessForbidden":
		c.add(&wordsCloudCORS, Values{}, rankPreflight, false)
	case ce.Code == "AccessDenied" && c.in.Request == nil:
		c.add(&wordsCloudDeniedAlone, Values{}, rankPolicy, false)
	case ce.Code == "AccessDenied" && c.in.Claim != nil:
		c.add(&wordsCloudDenied, Values{}, rankPolicy, false)
	case ce.Code == "NoSuchBucket":
		host := ce.Resource
		if c.in.Request != nil {
			host = c.in.Request.Host
		}
		c.in.Facts.Bucket, _, _ = strings.Cut(host, ".")
		c.in.Facts.BucketMissing = true
	}
	c.observe(observeSignatureFormat, observeTokenExpired, observeNoAppID, observeMD5Hex)
}

// form explains a form that its own policy refuses (COS docs: POST Object). It
// reports false if the error is another one.
func (c *cloudCase) form() bool {
	condition, isCondition := strings.CutPrefix(c.ce.Message, "Condition key ")
	switch {
	case isCondition:
		name, want, _ := strings.Cut(condition, " doesn't match the value ")
		c.add(&wordsCloudCondition, Values{Name: name, Signed: mask(name, want)}, rankUnreadable, false)
	case strings.HasPrefix(c.ce.Message, "You post object request has been expired"):
		c.add(&wordsCloudPolicyOver, Values{}, rankTime, false)
	case c.ce.Code == "InvalidPolicyDocument":
		c.add(&wordsCloudPolicyLacks, Values{}, rankUnreadable, false)
	default:
		return false
	}
	return true
}

// observe adds what the given rows see in the request that the client meant to
// send.
func (c *cloudCase) observe(rows ...func(*evidence) []Finding) {
	c.in.Facts.Code = c.ce.Code
	if c.in.Request == nil {
		if c.ce.Code != "NoSuchBucket" {
			return
		}
		c.in.Request = &signer.Request{Path: "/", Header: http.Header{}}
	}
	e := newEvidence(&c.in)
	for _, row := range rows {
		c.r.Findings = append(c.r.Findings, row(e)...)
	}
}

// time explains an error about time. It gives exact times if the request's times
// and the cloud's clock are known.
func (c *cloudCase) time(m *Message) {
	if c.in.Claim != nil && !c.in.Now.IsZero() {
		c.observe(observeTimeUnit, observeTimeZone, observeExpired, observeNotYetValid)
	}
	if !c.r.has(func(f *Finding) bool { return f.ID == m.ID }) {
		c.add(m, Values{}, rankTime, false)
	}
}

// mismatch compares what the cloud received with what the client meant to send.
// With the secret it also searches for what was signed.
func (c *cloudCase) mismatch() {
	ce := c.ce
	c.r.Arrived = &Form{HttpString: maskText(ce.FormatString, c.secrets()...), StringToSign: ce.StringToSign}
	if c.in.Claim != nil && ce.signTime != "" && c.in.Claim.SignTime.Raw != ce.signTime {
		c.add(&wordsCloudOtherRequest, Values{Signed: c.in.Claim.SignTime.Raw, Arrived: ce.signTime}, rankUnreadable, false)
		return
	}
	same := false
	if c.in.Request != nil && c.in.Claim != nil {
		canon := c.in.Request.Canonical(c.in.Claim, signer.Reading{})
		n := len(c.r.Findings)
		c.compare(&canon, c.meant(&canon))
		same = len(c.r.Findings) == n
	}
	if c.r.Signed == nil {
		c.search(ce)
	}
	if c.r.has(func(f *Finding) bool { return f.explains }) {
		return
	}
	if path, ok := c.plusInPath(); ok {
		c.add(&wordsPathPlus, Values{Signed: signer.Decode(path), Arrived: ce.format.path}, rankObserved, false)
		return
	}
	w := &wordsCloudAlone
	switch {
	case c.in.Key.SecretKey != "" && c.in.Claim != nil:
		w = &wordsUnknown
	case same:
		w = &wordsCloudSame
	}
	c.add(w, Values{}, rankUnknown, false)
}

// plusInPath finds a '+' in the path that was asked for, which the cloud read as
// a blank: in the request, or in the Resource of the body alone.
func (c *cloudCase) plusInPath() (path string, ok bool) {
	if c.in.Request != nil && strings.IndexByte(c.in.Request.Path, '+') >= 0 {
		return c.in.Request.Path, true
	}
	_, path, ok = strings.Cut(c.ce.Resource, "/")
	path = "/" + path
	read := strings.ReplaceAll(path, "+", " ")
	return path, ok && read != path && (read == c.ce.format.path || signer.Decode(read) == c.ce.format.path)
}

func (c *cloudCase) secrets() []string {
	e := evidence{in: &c.in, claim: c.in.Claim}
	return e.secrets()
}

// meant reports whether the signature belongs to the request as the client meant
// it. Then every difference from what the cloud received is proven.
func (c *cloudCase) meant(canon *signer.Canonical) bool {
	cl := c.in.Claim
	if c.in.Key.SecretKey == "" {
		return false
	}
	key := signer.NewSigningKey(c.in.Key.SecretKey, cl.KeyTime.Raw)
	text := canon.AppendHttpString(nil)
	sts := signer.AppendStringToSign(nil, cl.SignTime.Raw, text)
	c.r.Attempts++
	if !key.Match(sts, cl.Signature) || string(text) == c.ce.FormatString {
		return false
	}
	c.r.Signed = &Form{HttpString: maskText(string(text), c.secrets()...), StringToSign: string(sts)}
	return true
}

// compare adds a finding for every line and field in which the two differ.
func (c *cloudCase) compare(canon *signer.Canonical, proven bool) {
	got := &c.ce.format
	rank := rankObserved
	if proven {
		rank = rankProven
	}
	if m := strings.ToLower(canon.Method); m != got.method {
		c.add(wordsCloudDiff.of(Method), Values{Name: "method", Signed: strings.ToUpper(m), Arrived: strings.ToUpper(got.method)}, rank, proven)
	}
	if canon.Path != got.path {
		id := pathMistake(canon.Path, got.path, c.in.Facts.Bucket)
		c.add(wordsCloudDiff.of(id), Values{Name: "path", Signed: canon.Path, Arrived: got.path}, rank, proven)
	}
	show := func(name string) string { return name }
	c.comparePairs(canon.Params, got.params, ParamValue, ParamNotSent, show, rank, proven)
	c.comparePairs(canon.Headers, got.headers, HeaderValue, HeaderNotSent, http.CanonicalHeaderKey, rank, proven)
}

func (c *cloudCase) comparePairs(meant, got []signer.Pair, value, lost ID, show func(string) string, rank int, proven bool) {
	arrived := map[string][]string{}
	for _, p := range got {
		arrived[p.Key] = append(arrived[p.Key], p.Value)
	}
	signed := map[string][]string{}
	for _, p := range meant {
		signed[p.Key] = append(signed[p.Key], p.Value)
	}
	for _, p := range meant {
		values, ok := signed[p.Key]
		if !ok {
			continue // compared already
		}
		delete(signed, p.Key)
		c.comparePair(p.Key, values, arrived[p.Key], value, lost, show, rank, proven)
		delete(arrived, p.Key)
	}
	for _, p := range got {
		if values, ok := arrived[p.Key]; ok {
			delete(arrived, p.Key)
			c.comparePair(p.Key, nil, values, value, lost, show, rank, proven)
		}
	}
}

// comparePair compares the values of one name.
func (c *cloudCase) comparePair(key string, meant, got []string, value, lost ID, show func(string) string, rank int, proven bool) {
	name := signer.Decode(key)
	s, a := strings.Join(meant, ", "), strings.Join(got, ", ")
	v := Values{Name: show(name), Signed: mask(name, s), Arrived: mask(name, a)}
	switch {
	case len(got) == 0:
		c.add(wordsCloudLost.of(lost), v, rank, proven)
	case s == a && len(meant) == len(got):
	case key == "host" && value == HeaderValue:
		v.Name = "host"
		c.add(wordsCloudDiff.of(Host), v, rank, proven)
	default:
		c.add(wordsCloudDiff.of(value), v, rank, proven)
	}
}

// pathMistake says which mistake turns one path into the other.
func pathMistake(meant, got, bucket string) ID {
	plus := strings.NewReplacer("+", " ")
	switch {
	case signer.Decode(got) == meant:
		return PathEncodedTwice
	case signer.Decode(meant) == got:
		return PathNotEncoded
	case plus.Replace(meant) == plus.Replace(got):
		return PathPlus
	case strings.Trim(collapse(meant), "/") == strings.Trim(collapse(got), "/"):
		return PathSlash
	case bucket != "" && (got == "/"+bucket+meant || meant == "/"+bucket+got):
		return PathBucket
	}
	return Unknown
}

// search looks for what was signed in place of what the cloud received.
func (c *cloudCase) search(ce *CloudError) {
	cl := c.in.Claim
	if cl == nil || c.in.Key.SecretKey == "" {
		return
	}
	key := signer.NewSigningKey(c.in.Key.SecretKey, cl.KeyTime.Raw)
	if ce.Belongs && key.Match([]byte(ce.StringToSign), cl.Signature) {
		c.add(&wordsCloudSecret, Values{}, rankObserved, false)
		return
	}
	in := c.in
	in.Request = c.received()
	in.Verdict, in.Facts.Code, in.Facts.Key = nil, "", KeyFound
	if start := cl.SignTime.Start; in.Now.IsZero() || cl.CheckTime(in.Now) != nil {
		in.Now = unix(start) // the cloud found nothing wrong with the time
	}
	r := Explain(in)
	c.r.Attempts += r.Attempts
	c.r.Truncated, c.r.Accepted, c.r.Signed = r.Truncated, r.Accepted, r.Signed
	for _, f := range r.Findings {
		if f.Proven {
			c.r.Findings = append(c.r.Findings, f)
		}
	}
}

// received is the request as FormatString shows it to have arrived.
func (c *cloudCase) received() *signer.Request {
	got := &c.ce.format
	r := &signer.Request{Method: strings.ToUpper(got.method), Path: signer.EncodePath(got.path), Header: http.Header{}}
	if q := c.in.Request; q != nil {
		r.Host, r.Params, r.Query = q.Host, q.Params, q.Query
		if signer.DecodeForm(q.Path) == got.path {
			r.Path = q.Path
		}
		for name, values := range q.Header {
			if !contains(c.in.Claim.HeaderList, name) {
				r.Header[name] = values
			}
		}
	}
	if q := c.in.Request; q == nil || !sameParams(q.Canonical(c.in.Claim, signer.Reading{}).Params, got.params) {
		r.Params, r.Query = nil, ""
		for _, p := range got.params {
			r.Params = append(r.Params, signer.Param{Name: p.Key, Value: signer.Encode(p.Value), HasValue: true})
		}
	}
	for _, p := range got.headers {
		switch p.Key {
		case "host":
			r.Host = p.Value
		case "transfer-encoding":
			r.TransferEncoding = []string{p.Value}
		default:
			r.Header.Add(signer.Decode(p.Key), p.Value)
		}
	}
	return r
}

func sameParams(a, b []signer.Pair) bool {
	return slices.EqualFunc(a, b, func(p, q signer.Pair) bool { return p.Key == q.Key && p.Value == q.Value })
}
