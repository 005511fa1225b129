package api_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// meaning is what a signed request asks for, by whom and when. A change of the
// request that leaves its signature right must leave all of it as it was.
type meaning struct {
	Method, Bucket, Key, SecretID, Token string
	From, Until                          int64
	Headers, Params                      map[string][]string // the signed ones
}

// shape is a signed request of one client's kind.
type shape struct {
	name string
	e    *api.Emulator
	raw  []byte
	want meaning
	// names are those of its headers and parameters, operation what it asks for:
	// no more than these decide about that.
	names     []string
	operation string
	lists     *signer.Claim
	// data is what is stored where the signature covers the body; nil: it does not.
	data []byte
}

// judged reads the bytes of a request as a server does, serves it, and gives
// its entry in the journal. nil: no request that a server reads, or one that
// nobody signed, or whose signature did not hold, or for a bucket that is not
// there, after it either. What else comes of it does not count.
func (s *shape) judged(raw []byte) *journal.Entry {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil || r.Method == http.MethodConnect {
		return nil
	}
	r.RemoteAddr = "127.0.0.1:1"
	w := httptest.NewRecorder()
	s.e.ServeHTTP(w, r)
	id := w.Header()["x-cos-request-id"] //nolint:staticcheck // as it goes on the wire
	if len(id) == 0 {
		return nil // not COS, such as STS
	}
	entry, ok := s.e.Journal().Get(id[0])
	there, err := s.e.Buckets()
	if err != nil {
		panic(err)
	}
	switch {
	case !ok || entry.Claim == nil || !slices.ContainsFunc(there, func(b storage.Bucket) bool { return b.Name == entry.Bucket }):
		return nil
	case !slices.Contains(entry.Steps, journal.Step{Name: "signature", Outcome: "ok"}):
		return nil
	}
	return entry
}

// meaningOf reads it off the journal. A raw `+` in a path is signed as a blank,
// and is a plus in the key: the two keys are one here (choice 304).
func (s *shape) meaningOf(entry *journal.Entry) meaning {
	c, req := entry.Claim, entry.Request
	m := meaning{
		Method: strings.ToUpper(req.Method), Bucket: entry.Bucket, Key: entry.Key,
		SecretID: c.SecretID, Token: c.Token, From: max(c.SignTime.Start, c.KeyTime.Start), Until: min(c.SignTime.End, c.KeyTime.End),
		Headers: map[string][]string{}, Params: map[string][]string{},
	}
	if c.Family == signer.QSign {
		m.Key = strings.ReplaceAll(m.Key, "+", " ")
	}
	lists := s.lists
	if lists == nil {
		lists = c
	}
	if c.Carrier == signer.CarrierForm && c.Family != signer.QSign {
		return formMeaning(m)
	}
	for _, name := range lists.HeaderList {
		if name != "host" { // what it says is the bucket; a leniency may see its port otherwise
			m.Headers[name] = slices.Sorted(slices.Values(req.Header[http.CanonicalHeaderKey(name)]))
		}
		if name == "x-cos-security-token" { // signed as a header, sent as either
			m.Headers[name] = []string{c.Token}
		}
	}
	if c.Family != signer.QSign { // which takes runs of blanks for one
		for name, values := range m.Headers {
			for i := range values {
				values[i] = strings.Join(strings.Fields(values[i]), " ")
			}
			m.Headers[name] = values
		}
	}
	if c.Family == signer.AWS2 {
		m.addMoved(req, lists)
	}
	decode := signer.DecodeForm
	if strings.Contains(entry.Reading, "plus-literal") {
		decode = signer.Decode
	}
	for _, p := range req.Params {
		name := strings.ToLower(decode(p.Name))
		moved := c.Family == signer.AWS2 && strings.HasPrefix(name, "x-amz-") // addMoved has it
		if slices.Contains(lists.ParamList, name) && !moved {
			m.Params[name] = append(m.Params[name], decode(p.Value))
		}
	}
	for _, values := range m.Params {
		slices.Sort(values)
	}
	return m
}

// namesOf are the names of all headers and parameters, in lower case.
func namesOf(req *signer.Request) []string {
	var names []string
	for name := range req.Header {
		names = append(names, strings.ToLower(name))
	}
	for _, p := range req.Params {
		names = append(names, "?"+strings.ToLower(p.DecodedName()))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// check serves the mutated request and holds its meaning against the shape's.
func (s *shape) check(t *testing.T, raw []byte) {
	t.Helper()
	entry := s.judged(raw)
	if entry == nil {
		return
	}
	if entry.Claim.Carrier == signer.CarrierForm && entry.Claim.Family != signer.QSign && entry.Status >= 300 {
		return // the policy's conditions are judged after its signature
	}
	require.Equal(t, s.want, s.meaningOf(entry), "%s\n%q\nby reading %q", s.name, raw, entry.Reading)
	if slices.Equal(s.names, namesOf(entry.Request)) && entry.Request.Method == s.want.Method {
		require.Equal(t, s.operation, entry.Operation, "%s\n%q", s.name, raw)
	}
	s.checkStored(t, entry, raw)
	if entry.Request.Method != s.want.Method {
		require.GreaterOrEqual(t, entry.Status, 400, "%q", raw)
	}
}

// signedRaw is a request of which the client signed this HttpString. Its
// signature stands in the header, or where the target has SIGNATURE.
func signedRaw(key keyring.Key, method, host, target, headerList, paramList, httpString string, header ...string) []byte {
	now := testTime().Unix()
	times := fmt.Sprintf("%d;%d", now, now+3600)
	k := signer.NewSigningKey(key.SecretKey, times)
	auth := "q-sign-algorithm=sha1&q-ak=" + key.SecretID + "&q-sign-time=" + times + "&q-key-time=" + times +
		"&q-header-list=" + headerList + "&q-url-param-list=" + paramList + "&q-signature=" + k.Sign(signer.StringToSign(times, httpString))
	inTarget := strings.Contains(target, "SIGN")
	target = strings.NewReplacer("SIGN_ENCODED", "sign="+signer.Encode(auth), "SIGNATURE", auth).Replace(target)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target, host)
	for i := 0; i < len(header); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", header[i], header[i+1])
	}
	if !inTarget {
		fmt.Fprintf(&b, "Authorization: %s\r\n", auth)
	}
	b.WriteString("Content-Length: 1\r\n\r\nx")
	return b.Bytes()
}

func quietEmulator(tb testing.TB, cfg api.Config) *api.Emulator {
	tb.Helper()
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, st.Close()) })
	cfg.Clock = clock.New()
	cfg.Clock.Freeze(testTime())
	cfg.Journal = journal.Options{Entries: 2}
	cfg.Domains, cfg.Endpoint = []string{"cos.test"}, local
	e, err := api.New(cfg, st)
	require.NoError(tb, err)
	return e
}

// shapes are signed requests by every way of addressing, every carrier and
// every leniency.
func shapes(tb testing.TB) []*shape {
	tb.Helper()
	key := testKey()
	temporary := testKey()
	temporary.SecretID, temporary.SecretKey = "AKIDtemporaryOfTheOwner000000000000", "secretOfTheTemporaryKey0123456789a"
	temporary.Token, temporary.Expires = "tok/en+with=chars", testTime().Add(time.Hour)
	keys := []keyring.Key{key, temporary}
	one := quietEmulator(tb, api.Config{Keys: keys, Buckets: buckets(victim)})
	two := quietEmulator(tb, api.Config{Keys: keys, Buckets: buckets(victim, second), Aliases: map[string]string{local: victim, "uploads.test": second}})
	cloud := victim + ".cos.ap-guangzhou.myqcloud.com"
	const path = "/" + victim + "/a b/c"
	list := []*shape{
		{name: "virtual host", e: two, raw: signedRaw(key, "PUT", cloud, "/a%20b/c", "host", "", "put\n/a b/c\n\nhost="+cloud+"\n")},
		{name: "path style", e: two, raw: signedRaw(key, "PUT", local, "/"+victim+"/a%20b/c", "host", "", "put\n"+path+"\n\nhost=127.0.0.1%3A9000\n")},
		{name: "cloud's path style", e: two, raw: signedRaw(key, "DELETE", "cos.ap-guangzhou.myqcloud.com", "/"+victim+"/c", "host", "", "delete\n/"+victim+"/c\n\nhost=cos.ap-guangzhou.myqcloud.com\n")},
		{name: "alias, Go", e: two, raw: signedRaw(key, "PUT", local, "/a/b?SIGNATURE", "host", "", "put\n/a/b\n\nhost=127.0.0.1%3A9000\n")},
		{name: "alias, Node.js", e: two, raw: signedRaw(key, "GET", local, "/"+victim+"/a/b?SIGNATURE", "host", "", "get\n/a/b\n\nhost=127.0.0.1%3A9000\n")},
		{name: "alias, a key like a bucket", e: two, raw: signedRaw(key, "PUT", local, "/"+second+"/"+victim+"/a?SIGN_ENCODED", "host", "", "put\n/"+second+"/"+victim+"/a\n\nhost=127.0.0.1%3A9000\n")},
		{name: "custom domain", e: two, raw: signedRaw(key, "PUT", "uploads.test", "/a/"+victim+"/b", "host", "", "put\n/a/"+victim+"/b\n\nhost=uploads.test\n")},
		{name: "one bucket, Node.js", e: one, raw: signedRaw(key, "PUT", local, "/"+victim+"/photos-2024/b?SIGNATURE", "host", "", "put\n/photos-2024/b\n\nhost=127.0.0.1%3A9000\n")},
		{name: "one bucket, Python", e: one, raw: signedRaw(key, "PUT", local, "/"+victim+"/b?SIGNATURE", "host", "", "put\n/b\n\nhost=127.0.0.1\n")},
		{name: "raw colon", e: two, raw: signedRaw(key, "PUT", local, "/"+victim+"/b", "host;x-cos-acl", "", "put\n/"+victim+"/b\n\nhost="+local+"&x-cos-acl=private\n", "x-cos-acl", "private")},
		{name: "port 80 dropped", e: two, raw: signedRaw(key, "PUT", cloud, "/b", "host", "", "put\n/b\n\nhost="+cloud+"%3A80\n")},
		{name: "port 443 dropped", e: two, raw: signedRaw(key, "PUT", cloud, "/b", "host", "", "put\n/b\n\nhost="+cloud+"%3A443\n")},
		{name: "our port dropped", e: two, raw: signedRaw(key, "PUT", "127.0.0.1", "/b", "host", "", "put\n/b\n\nhost=127.0.0.1%3A9000\n")},
		{name: "signed headers", e: two, raw: signedRaw(
			key, "PUT", cloud, "/b", "content-type;host;x-cos-acl;x-cos-meta-a", "",
			"put\n/b\n\ncontent-type=text%2Fplain&host="+cloud+"&x-cos-acl=private&x-cos-meta-a=a%20%26b\n",
			"Content-Type", "text/plain", "x-cos-acl", "private", "x-cos-meta-a", "a &b",
		)},
		{name: "signed list", e: two, raw: signedRaw(key, "GET", cloud, "/?prefix=a%20b%2F&delimiter=/&SIGNATURE", "host", "delimiter;prefix", "get\n/\ndelimiter=%2F&prefix=a%20b%2F\nhost="+cloud+"\n")},
		{name: "plus for plus", e: two, raw: signedRaw(key, "GET", cloud, "/?prefix=a+b&SIGNATURE", "host", "prefix", "get\n/\nprefix=a%2Bb\nhost="+cloud+"\n")},
		{name: "plus for blank", e: two, raw: signedRaw(key, "GET", cloud, "/?prefix=a+b&SIGNATURE", "host", "prefix", "get\n/\nprefix=a%20b\nhost="+cloud+"\n")},
		{name: "abort", e: two, raw: signedRaw(key, "DELETE", cloud, "/b?uploadId=1234&SIGNATURE", "host", "uploadid", "delete\n/b\nuploadid=1234\nhost="+cloud+"\n")},
		{name: "acl", e: two, raw: signedRaw(key, "GET", cloud, "/b?acl", "host", "acl", "get\n/b\nacl=\nhost="+cloud+"\n")},
		{name: "token as a parameter", e: two, raw: signedRaw(
			temporary, "PUT", cloud, "/b?SIGNATURE&x-cos-security-token=tok%2Fen%2Bwith%3Dchars", "host", "x-cos-security-token",
			"put\n/b\nx-cos-security-token=tok%2Fen%2Bwith%3Dchars\nhost="+cloud+"\n",
		)},
		{name: "token as a header, in the query", e: two, raw: signedRaw(
			temporary, "PUT", cloud, "/b?SIGNATURE&x-cos-security-token=tok%2Fen%2Bwith%3Dchars", "host;x-cos-security-token", "",
			"put\n/b\n\nhost="+cloud+"&x-cos-security-token=tok%2Fen%2Bwith%3Dchars\n",
		)},
		{name: "token unsigned", e: two, raw: signedRaw(temporary, "PUT", cloud, "/b", "host", "", "put\n/b\n\nhost="+cloud+"\n", "x-cos-security-token", temporary.Token)},
	}
	list = append(list, s3Shapes(tb, one, two, key, temporary)...)
	for _, s := range list {
		entry := s.judged(s.raw)
		require.NotNil(tb, entry, "%s is signed right: %q", s.name, s.raw)
		s.lists = signedNames(entry)
		s.want, s.names, s.operation = s.meaningOf(entry), namesOf(entry.Request), entry.Operation
	}
	return list
}

// FuzzForgery changes a signed request in one place. It is refused then, or it
// means what it did: method, bucket, key, caller, times, signed headers and
// parameters.
func FuzzForgery(f *testing.F) {
	all := shapes(f)
	for i, s := range all {
		f.Add(uint8(i), uint16(0), uint8(0), []byte{})
		for _, m := range mutations(s) {
			f.Add(uint8(i), m.at, m.cut, []byte(m.put))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint16, cut uint8, put []byte) {
		s := all[int(which)%len(all)]
		from := int(at) % len(s.raw)
		end := min(from+int(cut), len(s.raw))
		s.check(t, slices.Concat(s.raw[:from], put, s.raw[end:]))
	})
}

// mutation is one place that is changed.
type mutation struct {
	at  uint16
	cut uint8
	put string
}

// mutations are what an attacker would try first, at the places where it
// matters.
func mutations(s *shape) []mutation {
	var list []mutation
	raw := string(s.raw)
	replace := func(old string, puts ...string) {
		for from := 0; ; {
			i := strings.Index(raw[from:], old)
			if i < 0 {
				return
			}
			for _, put := range puts {
				list = append(list, mutation{uint16(from + i), uint8(len(old)), put})
			}
			from += i + max(len(old), 1)
		}
	}
	replace("/"+victim+"/", "/"+second+"/", "/", "/"+victim+"%2F", "/vict%2D1250000000/", "/"+second+"/"+victim+"/", "/"+victim+"/"+victim+"/")
	replace(" /", " /"+second+"/", " /"+victim+"/", " //", " /%2F", " /./", " http://"+second+".cos.ap-guangzhou.myqcloud.com/", " http://"+local+"/")
	replace("Host: ", "Host: x", "Host: "+second+".cos.ap-guangzhou.myqcloud.com\r\nX-", "Host: uploads.test\r\nHost: ")
	replace(local, "127.0.0.1", "127.0.0.1:9001", "127.0.0.1:80", "localhost:9000", "uploads.test", local+"&x-cos-acl=private", "[::1]:9000", "127.0.0.1:09000")
	replace(".myqcloud.com\r", ".myqcloud.com:80\r", ".myqcloud.com:9000\r", ".tencentcos.cn\r", ".MYQCLOUD.com\r", ".myqcloud.com.\r")
	replace("cos.ap-guangzhou", "cos.ap-beijing", "cos.accelerate", "cos-internal.ap-guangzhou")
	replace("private", "public-read", "private\r\nx-cos-acl: public-read", "Private", "private ", "\tprivate")
	replace("x-cos-acl", "X-COS-ACL", "x-cos-acl ", "x_cos_acl", "x-cos-acl: public-read\r\nx-cos-acl")
	replace("host", "", "host;x-cos-acl", "HOST", "host;host", "host;x-cos-security-token")
	replace("q-url-param-list=", "q-url-param-list=acl;", "q-url-param-list=prefix;")
	replace("q-", "q-x=1&q-", "Q-", "&q-")
	replace(";", "%3B", ";;", ";9", ";0")
	replace("q-sign-time=", "q-sign-time=1;9999999999&q-sign-time=", "q-sign-time=0")
	replace("prefix=", "prefix=&prefix=", "Prefix=", "pre%66ix=", "prefix=&Prefix=")
	replace("uploadId", "UPLOADID", "uploadid", "partNumber=1&uploadId", "acl&uploadId")
	replace("acl ", "ACL ", "acl= ", "acl=1 ", "%61cl ", "acl&tagging ")
	replace("%20", "+", " ", "%2B", "%2520", "%0A")
	replace("+", "%2B", "%20", "++")
	replace("%2B", "+", "%20", "%2b", "%252B")
	replace("PUT ", "put ", "GET ", "DELETE ", "POST ")
	replace("GET ", "get ", "HEAD ", "PUT ", "OPTIONS ")
	replace("DELETE ", "delete ", "PUT ")
	replace("x-cos-security-token", "token", "x-cos-security-token=other&x-cos-security-token", "X-Cos-Security-Token")
	replace("\r\n\r\n", "\r\nx-cos-acl: public-read\r\n\r\n", "\r\nx-cos-copy-source: "+second+".cos.ap-guangzhou.myqcloud.com/a\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
	s3Mutations(replace)
	return list
}

// TestForgeryMatrix tries what an attacker would on every shape, and every
// single byte of it left out or another.
func TestForgeryMatrix(t *testing.T) {
	readings := map[string]bool{}
	for _, s := range shapes(t) {
		for id := range strings.SplitSeq(s.judged(s.raw).Reading, "+") {
			readings[id] = true
		}
		for _, raw := range moves(string(s.raw)) {
			s.check(t, []byte(raw))
		}
		for _, m := range mutations(s) {
			s.check(t, slices.Concat(s.raw[:m.at], []byte(m.put), s.raw[int(m.at)+int(m.cut):]))
		}
		for i, c := range s.raw {
			if len(s.raw) > 1000 && i%5 > 0 { // of a form every fifth
				continue
			}
			s.check(t, slices.Delete(slices.Clone(s.raw), i, i+1))
			other := [...]byte{c ^ 0x20, c ^ 1, '/', '%', '+', ';', '&', '0'}[i%8] // the fuzz target tries all
			s.check(t, slices.Concat(s.raw[:i], []byte{other}, s.raw[i+1:]))
		}
	}
	for _, l := range signer.Leniencies() {
		require.True(t, readings[l.ID], "no shape needs the leniency %s", l.ID)
	}
}
