package diagnose

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

var (
	wordsCloudOtherS3 = Message{
		ID: Unknown,
		Sentence: Text{
			En: "The body belongs to another request: what it says was signed at {arrived}, this request at {signed}.",
			Zh: "这段响应不是这个请求的：其中的签名时间是 {arrived}，这个请求的是 {signed}。",
		},
		Advice: wordsCloudOtherRequest.Advice,
	}
	wordsCloudOtherSignature = Message{
		ID: Unknown,
		Sentence: Text{
			En: "The body belongs to another request: its SignatureProvided is not the signature of this one.",
			Zh: "这段响应不是这个请求的：它的 SignatureProvided 不是这个请求的签名。",
		},
		Advice: wordsCloudOtherRequest.Advice,
	}
	wordsCloudAloneS3 = Message{
		ID:       Unknown,
		Sentence: Text{En: "The S3 signature does not match what the cloud received.", Zh: "S3 签名与线上 COS 收到的内容不符。"},
		Advice: Text{
			En: "Compare the canonical request line by line with the one that the client logs; paste the request's URL and headers too, and cosemu compares them. With the SecretKey it proves the cause.",
			Zh: "请把规范请求（canonical request）与客户端日志里的逐行对照；提供请求的 URL 和头部，这里就能对照。提供 SecretKey 就能证实原因。",
		},
	}
	wordsCloudSameS3 = Message{
		ID:       Unknown,
		Sentence: wordsCloudSame.Sentence,
		Advice: Text{
			En: "Provide the SecretKey to get proof, or compare the canonical request line by line with the one that the client logs.",
			Zh: "提供 SecretKey 就能证实原因；也可以把规范请求（canonical request）与客户端日志里的逐行对照。",
		},
	}
	wordsCloudEmpty = Message{
		ID: HeaderNotSent,
		Sentence: Text{
			En: "{name} is signed, and the server received it empty or not at all.",
			Zh: "{name} 参与了签名，服务端收到的却是空的，或者根本没有收到。",
		},
		Advice: Text{
			En: "Send {name} with the value that was signed, or leave it out when you sign.",
			Zh: "请带上签名时的 {name}，或不要签入。",
		},
	}
	wordsCloudScope = Message{
		ID: AWSSignature,
		Sentence: Text{
			En: "The server could not read the S3 signature: {arrived}",
			Zh: "服务端无法读取这个 S3 签名：{arrived}",
		},
		Advice: Text{
			En: "Look at the credential scope (day, region, service) and at X-Amz-Date. COS takes any region; AWS and MinIO want their own.",
			Zh: "请检查 Credential 里的日期、地域、服务，以及 X-Amz-Date。COS 不检查地域，AWS 和 MinIO 要求自己的地域。",
		},
	}
)

// mismatchAWS is mismatch for an S3 signature.
func (c *cloudCase) mismatchAWS() {
	defer func() {
		for i := range c.r.Findings {
			c.r.Findings[i].toS3(c.ce.Family)
		}
	}()
	ce := c.ce
	c.r.Arrived = &Form{HttpString: maskText(ce.FormatString, c.secrets()...), StringToSign: maskText(ce.StringToSign, c.secrets()...)}
	server, readable := ce.awsText(c.in.Key.SecretKey)
	if !c.belongs(server) {
		return
	}
	same := false
	if readable && (ce.Family == signer.AWS2 || ce.Belongs) {
		if client, ok := c.sentAWS(); ok {
			n := len(c.r.Findings)
			c.compareAWS(client, server)
			same = len(c.r.Findings) == n
		}
	}
	if c.r.Signed == nil && readable {
		c.searchAWS(server, same)
	}
	if c.r.has(func(f *Finding) bool { return f.explains || f.Proven }) {
		return
	}
	w := &wordsCloudAloneS3
	switch {
	case c.in.Key.SecretKey != "" && (c.in.Claim != nil || ce.Signature != ""):
		w = &wordsUnknown
	case same:
		w = &wordsCloudSameS3
	}
	c.add(w, Values{}, rankUnknown, false)
}

// belongs reports whether the body is about the request that it came with.
func (c *cloudCase) belongs(server *awsText) bool {
	cl := c.in.Claim
	if cl == nil || c.in.Request == nil {
		return true
	}
	switch {
	case cl.Family != c.ce.Family:
		c.add(&wordsCloudOtherSignature, Values{}, rankUnreadable, false)
		return false
	case cl.Family == signer.AWS4 && cl.AWS.Date != server.date:
		c.add(&wordsCloudOtherS3, Values{Signed: cl.AWS.Date, Arrived: server.date}, rankUnreadable, false)
		return false
	case c.ce.Signature != "" && cl.Signature != "" && c.ce.Signature != cl.Signature:
		c.add(&wordsCloudOtherSignature, Values{}, rankUnreadable, false)
		return false
	}
	return true
}

// sentAWS is what the request, as the client meant to send it, amounts to. With the
// secret it is told whether that is what was signed.
func (c *cloudCase) sentAWS() (*awsText, bool) {
	if c.in.Request == nil || c.in.Claim == nil || c.in.Problem != nil {
		return nil, false
	}
	res := signer.Verify(c.in.Request, c.in.Claim, c.in.Key.SecretKey, c.in.Verify)
	t, ok := newAWSText(c.in.Claim, &res, c.in.Key.SecretKey)
	if ok && res.OK && c.in.Key.SecretKey != "" {
		canonical, text := t.texts()
		if text != c.ce.StringToSign {
			c.r.Signed = &Form{HttpString: maskText(canonical, c.secrets()...), StringToSign: maskText(text, c.secrets()...)}
		}
	}
	return t, ok
}

// compareAWS adds a finding for each part in which the two differ. They are proven
// where the client's own signature is right for what it meant to send.
func (c *cloudCase) compareAWS(client, server *awsText) {
	proven := c.r.Signed != nil
	rank := rankObserved
	if proven {
		rank = rankProven
	}
	diff := func(id ID, name, signed, arrived string) {
		if strings.TrimSpace(signed) == strings.TrimSpace(arrived) {
			return
		}
		w := wordsCloudDiff.of(id)
		if arrived == "" && (id == HeaderValue || id == ParamValue) {
			w = wordsCloudLost.of(map[ID]ID{HeaderValue: HeaderNotSent, ParamValue: ParamNotSent}[id])
		}
		c.add(w, Values{Name: name, Signed: mask(name, signed), Arrived: mask(name, arrived)}, rank, proven)
	}
	diff(Method, "method", client.method, server.method)
	if client.path != server.path {
		id := pathMistake(signer.Decode(client.path), signer.Decode(server.path), c.in.Facts.Bucket)
		switch {
		case signer.Decode(client.path) == signer.Decode(server.path):
			id = PathNotEncoded
		case id == Unknown: // another object, as with wordsPathOther
			id = PathSlash
		}
		diff(id, "path", client.path, server.path)
	}
	added := func(id ID, name, arrived string) {
		c.add(wordsAWSAdded.of(id), Values{Name: name, Arrived: mask(name, arrived)}, rank, proven)
	}
	c.diffPairs(pairsOf(client.query), pairsOf(server.query), func(name, arrived string) { added(ParamValue, name, arrived) }, func(name, signed, arrived string) {
		if client.scope == server.scope || !strings.EqualFold(name, "X-Amz-Credential") { // which is said by itself
			diff(ParamValue, name, signed, arrived)
		}
	})
	c.diffPairs(client.headers, server.headers, func(name, arrived string) { added(HeaderValue, name, arrived) }, func(name, signed, arrived string) {
		id, shown := HeaderValue, http.CanonicalHeaderKey(name)
		if name == "host" {
			id, shown = Host, name
		}
		diff(id, shown, signed, arrived)
	})
	diff(HeaderValue, "Content-Md5", client.md5, server.md5)
	diff(HeaderValue, "Content-Type", client.contentType, server.contentType)
	if c.in.Claim.Carrier == signer.CarrierQuery {
		diff(ParamValue, "Expires", client.when, server.when)
	} else {
		diff(HeaderValue, "Date", client.when, server.when)
	}
	diff(AWSSignature, "Credential", client.scope, server.scope)
	if client.header("x-amz-content-sha256") < 0 {
		diff(HeaderValue, "x-amz-content-sha256", client.hash, server.hash)
	}
}

func pairsOf(query []string) [][2]string {
	pairs := make([][2]string, 0, len(query))
	for _, piece := range query {
		name, value, _ := strings.Cut(piece, "=")
		pairs = append(pairs, [2]string{signer.Decode(name), signer.Decode(value)})
	}
	return pairs
}

// diffPairs compares the values of each name, which stand in order.
func (c *cloudCase) diffPairs(client, server [][2]string, added func(name, arrived string), diff func(name, signed, arrived string)) {
	values := func(pairs [][2]string) (map[string]string, []string) {
		m, names := map[string]string{}, []string{}
		for _, p := range pairs[:min(len(pairs), maxParts)] {
			v, there := m[p[0]]
			if !there {
				names = append(names, p[0])
				m[p[0]] = p[1]
				continue
			}
			m[p[0]] = v + ", " + p[1]
		}
		return m, names
	}
	meant, names := values(client)
	got, more := values(server)
	for _, name := range append(names, more...) {
		signed, was := meant[name]
		arrived, came := got[name]
		delete(meant, name)
		delete(got, name)
		switch {
		case came && !was:
			added(name, arrived)
		case signed != arrived:
			diff(name, signed, arrived)
		}
	}
}

// searchAWS looks for what was signed in place of what the server received.
func (c *cloudCase) searchAWS(server *awsText, same bool) {
	want := c.ce.Signature
	if want == "" && c.in.Claim != nil {
		want = c.in.Claim.Signature
	}
	if want == "" || server.secret == "" {
		return
	}
	c.r.Attempts++
	if server.signature() == want {
		c.add(&wordsCloudSecret, Values{}, rankObserved, false)
		return
	}
	in := c.in
	if in.Request == nil || !same {
		in.Request = server.request(in.Request)
	}
	claim := &signer.Claim{Family: c.ce.Family, Carrier: signer.CarrierHeader, SecretID: c.ce.SecretID, AWS: &signer.AWSFields{}}
	if in.Claim != nil {
		copied := *in.Claim
		claim = &copied
	}
	if end, err := strconv.ParseInt(server.when, 10, 64); err == nil && in.Claim == nil { // of a URL
		claim.Carrier, claim.SignTime.End = signer.CarrierQuery, end
	}
	claim.Signature = want
	in.Claim = claim
	e := &evidence{addresses: addresses{&in}, in: &in, req: in.Request, claim: claim, key: in.Key, small: true}
	s := &awsSearch{e: e, plain: server, want: want}
	s.run(c.r)
	if !e.proven {
		c.listedEmpty(server)
	}
}

// listedEmpty sees signed headers that came empty, or not at all.
func (c *cloudCase) listedEmpty(server *awsText) {
	for _, h := range server.headers {
		if h[1] == "" && server.family == signer.AWS4 {
			c.add(&wordsCloudEmpty, Values{Name: http.CanonicalHeaderKey(h[0])}, rankObserved, false)
		}
	}
}

// request is the request that such a text is of; known is what is known of it.
func (t *awsText) request(known *signer.Request) *signer.Request {
	r := &signer.Request{Method: t.method, Path: t.path, Header: http.Header{}}
	if known != nil {
		r.Host = known.Host
		if t.family == signer.AWS2 {
			r.Path = known.Path
		}
	}
	for _, h := range t.headers {
		if h[0] == "host" {
			r.Host = h[1]
			continue
		}
		r.Header.Set(h[0], h[1])
	}
	return r
}
