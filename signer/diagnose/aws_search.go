package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/guess"
)

// The bounds of a search: attempts, and how many of them are tried in pairs.
const (
	maxAWSAttempts = 4000
	maxAWSBytes    = 4 << 20 // of texts that are signed
	maxAWSLikely   = 40
	maxAWSSlashes  = 512 // bytes of a path whose slashes are doubled one by one
)

// awsMistake is something else that the client may have signed.
type awsMistake struct {
	said
	part   string // two mistakes about one part are not combined
	change func(*awsText)
	likely bool
}

// awsSearch signs a request again as mistakes would have signed it.
type awsSearch struct {
	e        *evidence
	plain    *awsText
	want     string
	mistakes []awsMistake
	attempts int
	most     int // attempts that the size of the request allows
}

// searchAWS looks for the mistakes that explain a signature that does not match.
func (e *evidence) searchAWS(r *Report, res *signer.Result) {
	if e.claim.Carrier == signer.CarrierForm {
		if e.in.Form != nil && e.small {
			(&awsFormSearch{e, r}).run()
		}
		return
	}
	plain, ok := newAWSText(e.claim, res, e.key.SecretKey)
	if !ok || !e.small {
		r.Truncated = r.Truncated || !e.small
		return
	}
	s := &awsSearch{e: e, plain: plain, want: e.claim.Signature}
	s.run(r)
}

// run tries the mistakes, alone and in pairs, and adds what is proven.
func (s *awsSearch) run(r *Report) {
	canonical, text := s.plain.texts()
	s.most = min(maxAWSAttempts, maxAWSBytes/(len(canonical)+len(text)+1))
	s.propose()
	if s.repaired(r) {
		return
	}
	found := s.find()
	r.Attempts, r.Truncated = r.Attempts+s.attempts, found == nil && s.attempts >= s.most && s.most < maxAWSAttempts
	if found == nil {
		return
	}
	t := s.plain.clone()
	for _, i := range found {
		s.mistakes[i].change(t)
		r.prove(s.mistakes[i].message, s.mistakes[i].v)
	}
	canonical, text = t.texts()
	r.Signed = &Form{HttpString: maskText(canonical, s.e.secrets()...), StringToSign: maskText(text, s.e.secrets()...)}
	s.e.proven = true
}

// find gives the mistakes whose signature is the client's: one, or two.
func (s *awsSearch) find() []int {
	var likely []int
	for i := range s.mistakes {
		if s.holds(i) {
			return []int{i}
		}
		if s.mistakes[i].likely && len(likely) < maxAWSLikely {
			likely = append(likely, i)
		}
	}
	for n, i := range likely {
		for _, j := range likely[n+1:] {
			if s.mistakes[i].part != s.mistakes[j].part && s.holds(i, j) {
				return []int{i, j}
			}
		}
	}
	return nil
}

func (s *awsSearch) holds(list ...int) bool {
	if s.attempts >= s.most {
		return false
	}
	s.attempts++
	t := s.plain.clone()
	for _, i := range list {
		s.mistakes[i].change(t)
	}
	return t.signature() == s.want
}

// repaired looks for a signature that is right but for how it was written.
func (s *awsSearch) repaired(r *Report) bool {
	is := s.plain.signature()
	v := Values{Name: "Signature", Signed: is, Arrived: s.want}
	got := strings.TrimSpace(s.want)
	if !strings.EqualFold(is, got) && is != strings.ReplaceAll(got, " ", "+") && is != signer.Decode(got) {
		return false
	}
	r.prove(&wordsAWSSignature, v)
	s.e.proven = true
	return true
}

func (s *awsSearch) add(part string, likely bool, m *Message, v Values, change func(*awsText)) {
	if len(s.mistakes) < maxAWSAttempts {
		s.mistakes = append(s.mistakes, awsMistake{said{m, v}, part, change, likely})
	}
}

func (s *awsSearch) propose() {
	for _, m := range []string{"GET", "PUT", "POST", "HEAD", "DELETE", "OPTIONS"} {
		if m != s.plain.method {
			s.add("method", true, &wordsMethod, Values{Signed: m, Arrived: s.plain.method}, func(t *awsText) { t.method = m })
		}
	}
	s.proposePaths()
	s.proposeHosts()
	s.proposeHeaders()
	s.proposeParams()
	s.proposeScope()
	s.proposeSecrets()
}

// proposeHosts looks at the host, which AWS4 signs.
func (s *awsSearch) proposeHosts() {
	i := s.plain.header("host")
	if i < 0 {
		return
	}
	arrived := s.plain.headers[i][1]
	bare := withoutPort(arrived)
	seen := map[string]bool{arrived: true}
	add := func(host string, likely bool) {
		if host != "" && !seen[host] {
			seen[host] = true
			s.add("host", likely, &wordsHost, Values{Signed: host, Arrived: arrived}, func(t *awsText) { t.setHeader("host", host) })
		}
	}
	for _, h := range []string{bare, bare + ":80", bare + ":443", bare + ":" + s.e.in.Verify.LocalPort, strings.ToLower(arrived)} {
		add(h, true)
	}
	if b := s.e.bucket(); b != "" {
		add(b+"."+arrived, true)
		add(strings.TrimPrefix(arrived, b+"."), true)
	}
	for _, h := range s.e.likelyHosts() {
		add(h, true)
		add(withoutPort(h), true)
	}
	for _, h := range slices.Concat(s.e.knownHosts(), s.e.cloudHosts()) {
		add(h, false)
	}
}

func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, "]") {
		return host[:i]
	}
	return host
}

// proposeHeaders looks at values that were changed, and at headers that were added
// on the way.
func (s *awsSearch) proposeHeaders() {
	value := func(name, arrived, signed string, likely bool, set func(*awsText, string)) {
		if signed == arrived {
			return
		}
		m := wordsPairValue.of(HeaderValue)
		if arrived == "" {
			m = wordsAWSNotSent.of(HeaderNotSent)
		}
		s.add(name, likely, m, Values{Name: name, Signed: mask(name, signed), Arrived: mask(name, arrived)}, func(t *awsText) { set(t, signed) })
	}
	each := func(name, arrived string, set func(*awsText, string)) {
		value(name, arrived, "", true, set)
		if name == "content-type" {
			value(name, arrived, guess.TypeOf(s.e.req.Path), true, set)
		}
		for _, v := range slices.Concat(guess.Charsets(arrived), guess.Blanks(arrived), guess.UsualValues(name), usualAWS(name)) {
			value(name, arrived, v, false, set)
		}
	}
	if s.plain.family == signer.AWS2 {
		each("content-type", s.plain.contentType, func(t *awsText, v string) { t.contentType = v })
		value("content-md5", s.plain.md5, "", true, func(t *awsText, v string) { t.md5 = v })
	}
	for _, h := range s.plain.headers {
		name, arrived := h[0], h[1]
		if name == "host" || name == "x-amz-content-sha256" {
			continue
		}
		each(name, arrived, func(t *awsText, v string) { t.setHeader(name, v) })
		if s.plain.family == signer.AWS2 {
			s.add(name, true, wordsAWSAdded.of(HeaderValue), Values{Name: name, Arrived: mask(name, arrived)}, func(t *awsText) {
				t.headers = slices.DeleteFunc(t.headers, func(x [2]string) bool { return x == h })
			})
		}
	}
	if s.plain.family == signer.AWS2 && s.plain.header("x-amz-acl") < 0 {
		for _, acl := range usualAWS("x-amz-acl") {
			s.add("x-amz-acl", true, wordsAWSNotSent.of(HeaderNotSent), Values{Name: "x-amz-acl", Signed: acl}, func(t *awsText) {
				t.addHeader("x-amz-acl", acl)
			})
		}
	}
	s.proposePayload()
	s.proposeTokens()
}

func usualAWS(name string) []string {
	switch name {
	case "x-amz-acl":
		return []string{"public-read", "private", "public-read-write", "authenticated-read", "bucket-owner-full-control", "default"}
	case "x-amz-storage-class":
		return []string{"STANDARD", "STANDARD_IA", "ARCHIVE"}
	}
	return nil
}

// emptySum is the SHA-256 of nothing.
const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// proposePayload looks at the hash of the body, which AWS4 signs.
func (s *awsSearch) proposePayload() {
	const name = "x-amz-content-sha256"
	if s.plain.family != signer.AWS4 {
		return
	}
	for _, hash := range []string{"UNSIGNED-PAYLOAD", emptySum, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"} {
		if hash == s.plain.hash {
			continue
		}
		s.add(name, true, wordsPairValue.of(HeaderValue), Values{Name: name, Signed: hash, Arrived: s.plain.hash}, func(t *awsText) {
			t.hash = hash
		})
		if s.plain.header(name) >= 0 {
			s.add(name, true, wordsPairValue.of(HeaderValue), Values{Name: name, Signed: hash, Arrived: s.plain.hash}, func(t *awsText) {
				t.hash = hash
				t.setHeader(name, hash)
			})
		}
	}
}

// proposeTokens looks at the token, in the headers or among the parameters.
func (s *awsSearch) proposeTokens() {
	const name = "x-amz-security-token"
	tokens := []string{s.e.key.Token}
	for _, k := range s.e.in.OtherKeys {
		tokens = append(tokens, k.Token)
	}
	for _, token := range tokens {
		if token == "" || token == s.e.claim.Token {
			continue
		}
		i := s.plain.header(name)
		switch {
		case i >= 0 && s.plain.headers[i][1] == "":
			s.add(name, true, &wordsTokenListed, Values{}, func(t *awsText) { t.setHeader(name, token) })
		case i >= 0:
			s.add(name, true, &wordsTokenUnknown, Values{Signed: s.e.claim.SecretID}, func(t *awsText) { t.setHeader(name, token) })
		case s.plain.family == signer.AWS2:
			s.add(name, true, &wordsTokenListed, Values{}, func(t *awsText) { t.addHeader(name, token) })
		}
	}
}

// proposeExpiry looks at the end of an AWS2 URL, which its text has in the place of
// the date: stretched by hand.
func (s *awsSearch) proposeExpiry() {
	if s.plain.family != signer.AWS2 || s.e.claim.Carrier != signer.CarrierQuery {
		return
	}
	arrived := s.plain.when
	add := func(when string) {
		s.add("Expires", true, wordsPairValue.of(ParamValue), Values{Name: "Expires", Signed: when, Arrived: arrived}, func(t *awsText) { t.when = when })
	}
	if len(arrived) > 1 {
		add(arrived[:len(arrived)-1])
	}
	end := s.e.claim.SignTime.End
	for _, by := range []int64{60, 300, 600, 900, 1800, 3600, 7200, 43200, 86400, 86400 - 3600, 604800, 604800 - 3600, 365 * 86400} {
		if end > by {
			add(strconv.FormatInt(end-by, 10))
		}
	}
}

// proposeParams looks at parameters that were changed, or added on the way.
func (s *awsSearch) proposeParams() {
	s.proposeExpiry()
	for _, piece := range s.plain.query {
		name, arrived, _ := strings.Cut(piece, "=")
		plain := signer.Decode(name)
		if !strings.HasPrefix(strings.ToLower(plain), "x-amz-") || strings.EqualFold(plain, "x-amz-acl") {
			s.add(plain, true, wordsAWSAdded.of(ParamValue), Values{Name: plain, Arrived: arrived}, func(t *awsText) {
				t.query = slices.DeleteFunc(t.query, func(x string) bool { return x == piece })
			})
		}
		var values []string
		switch {
		case strings.EqualFold(plain, "X-Amz-Expires"):
			values = []string{"60", "300", "600", "900", "1800", "3600", "7200", "43200", "86400", "604800"}
		case strings.EqualFold(plain, "X-Amz-SignedHeaders"), strings.EqualFold(plain, "X-Amz-Security-Token"):
			continue
		default:
			values = []string{
				"", strings.ReplaceAll(arrived, "%20", "%2B"), strings.ReplaceAll(arrived, "%2B", "%20"),
				strings.ReplaceAll(arrived, "%20", "+"), strings.ReplaceAll(arrived, "%2F", "/"), signer.Encode(arrived), signer.Encode(signer.Decode(signer.Decode(arrived))),
			}
		}
		for _, v := range values {
			if v != arrived {
				s.add(plain, true, wordsPairValue.of(ParamValue), Values{Name: plain, Signed: v, Arrived: arrived}, func(t *awsText) { t.setParam(piece, name+"="+v) })
			}
		}
	}
	for _, id := range []string{"PutObject", "GetObject", "DeleteObject", "HeadObject"} {
		if s.plain.family == signer.AWS4 {
			s.add("x-id", false, wordsAWSNotSent.of(ParamNotSent), Values{Name: "x-id", Signed: id}, func(t *awsText) {
				t.query = append(t.query, "x-id="+id)
				slices.Sort(t.query)
			})
		}
	}
}

// proposeScope looks at what the key of AWS4 is made of.
func (s *awsSearch) proposeScope() {
	if s.plain.family != signer.AWS4 {
		return
	}
	f := &s.e.in.Facts
	for _, region := range usualRegions(f) {
		if region != s.plain.region {
			s.add("scope", true, &wordsAWSScope, Values{Signed: region, Arrived: s.plain.region}, func(t *awsText) {
				t.setScope(t.day, region)
			})
		}
	}
	proposeKeyOf(s.plain, f, func(m *Message, v Values, change func(*awsText)) { s.add("scope", true, m, v, change) })
}

// proposeSecrets looks at the secret.
func (s *awsSearch) proposeSecrets() {
	for _, alt := range blankSecrets(s.plain.secret) {
		s.add("secret", alt.likely, &wordsSecretBlank, Values{Detail: alt.detail}, func(t *awsText) { t.secret = alt.secret })
	}
	s.add("secret", true, &wordsSecretEmpty, Values{}, func(t *awsText) { t.secret = "" })
	id := s.e.claim.SecretID
	s.add("secret", true, &wordsSecretIsID, Values{}, func(t *awsText) { t.secret = id })
	for _, k := range s.e.in.OtherKeys[:min(len(s.e.in.OtherKeys), maxOtherKeys)] {
		if k.SecretKey != "" && k.SecretKey != s.plain.secret {
			s.add("secret", true, &wordsSecretOther, Values{Signed: k.SecretID, Arrived: id}, func(t *awsText) { t.secret = k.SecretKey })
		}
	}
}
