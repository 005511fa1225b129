package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/coshost"
	"github.com/cosemu/cosemu/signer/diagnose/internal/guess"
)

var (
	wordsNoAppID = Message{
		ID: BucketNoAppID,
		Sentence: Text{
			En: `The bucket "{arrived}" has no APPID in its name.`,
			Zh: `存储桶 “{arrived}” 的名称里没有 APPID。`,
		},
		Advice: Text{
			En: "A bucket is addressed as <name>-<APPID>, such as examplebucket-1250000000: put the APPID behind it.",
			Zh: "存储桶要写成 <名称>-<APPID>，例如 examplebucket-1250000000：请补上 APPID。",
		},
	}
	wordsNoAppIDKnown = Message{
		ID: BucketNoAppID,
		Sentence: Text{
			En: `There is no bucket "{arrived}", but there is "{signed}".`,
			Zh: `没有存储桶 “{arrived}”，但是有 “{signed}”。`,
		},
		Advice: Text{
			En: "Use the full name {signed}: the APPID belongs to it.",
			Zh: "请使用完整的名称 {signed}：APPID 是名称的一部分。",
		},
	}
	wordsRegion = Message{
		ID: Region,
		Sentence: Text{
			En: "The bucket {name} is in {signed}, the request went to {arrived}.",
			Zh: "存储桶 {name} 在 {signed}，请求发到了 {arrived}。",
		},
		Advice: Text{En: "Set the client's region to {signed}.", Zh: "请把客户端的地域设为 {signed}。"},
	}
	wordsMD5Hex = Message{
		ID: MD5Hex,
		Sentence: Text{
			En: `Content-MD5 is in hex, "{arrived}"; it has to be "{signed}".`,
			Zh: `Content-MD5 是十六进制的 “{arrived}”，应该是 “{signed}”。`,
		},
		Advice: Text{
			En: "Content-MD5 is the base64 of the 16 bytes of the MD5: base64(md5.digest()), not of hexdigest().",
			Zh: "Content-MD5 是 MD5 那 16 个字节的 base64：用 base64(md5.digest())，不要用 hexdigest()。",
		},
	}
	wordsBodyShort = Message{
		ID: BodyShort,
		Sentence: Text{
			En: "The body ended after {arrived} bytes; Content-Length is {signed}.",
			Zh: "请求体在 {arrived} 字节处就结束了，Content-Length 写的是 {signed}。",
		},
		Advice: Text{
			En: "Look for a client that stops half-way (a timeout, a closed stream, a wrong length); nothing was stored.",
			Zh: "检查客户端是否中途停止（超时、流被关闭、长度写错）；没有存下任何内容。",
		},
	}
	wordsChunksCut = Message{
		ID: BodyShort,
		Sentence: Text{
			En: "The body broke off after {arrived} bytes, before its last chunk.",
			Zh: "请求体在 {arrived} 字节处中断，没有等到 chunked 编码的结束块。",
		},
		Advice: wordsBodyShort.Advice,
	}
	wordsCORSNone = Message{
		ID: CORSNoRule,
		Sentence: Text{
			En: "The bucket has no CORS rule, so no browser page may use it ({detail}).",
			Zh: "存储桶没有 CORS 规则，浏览器页面无法访问（{detail}）。",
		},
		Advice: Text{
			En: "Add a CORS rule with the page's origin, the method, and the headers it sends.",
			Zh: "请添加 CORS 规则，写上页面的来源、请求方法和所带的头部。",
		},
	}
	wordsCORSNear = Message{
		ID: CORSNoRule,
		Sentence: Text{
			En: `No CORS rule fits ({detail}); the closest, {name}, does not allow "{arrived}".`,
			Zh: `没有匹配的 CORS 规则（{detail}）；最接近的是 {name}，它不允许 “{arrived}”。`,
		},
		Advice: Text{En: `Add "{arrived}" to that rule.`, Zh: `请把 “{arrived}” 加进该规则。`},
	}
	wordsStrict = Message{
		ID: StrictSignature,
		Sentence: Text{
			En: "The bucket's strict signature rules require {detail} to be signed.",
			Zh: "存储桶的严格签名规则要求签入 {detail}。",
		},
		Advice: Text{
			En: "Put {detail} into HttpString and on its list when you sign.",
			Zh: "签名时请把 {detail} 算进 HttpString，并写进对应的列表。",
		},
	}
	wordsUnknown = Message{
		ID: Unknown,
		Sentence: Text{
			En: "The signature does not match, and nothing in the request explains it: most likely it was signed with another SecretKey.",
			Zh: "签名不匹配，请求本身看不出原因：多半是用了另一个 SecretKey。",
		},
		Advice: Text{
			En: "Compare the SecretKey that the client uses with the one of its SecretId; then compare HttpString line by line with what the client signs.",
			Zh: "先核对客户端使用的 SecretId 与 SecretKey 是否配对，再把 HttpString 与客户端签名的内容逐行对照。",
		},
	}
	wordsUnknownOpen = Message{
		ID: Unknown,
		Sentence: Text{
			En: "The signature does not match, and none of the mistakes that cosemu tries explains it.",
			Zh: "签名不匹配，cosemu 逐一尝试过的原因都不是。",
		},
		Advice: Text{
			En: "Check in this order: {detail}; then whether the SecretKey is that of the SecretId. Compare HttpString line by line with what the client signs.",
			Zh: "请依次检查：{detail}；再检查 SecretId 与 SecretKey 是否配对。把 HttpString 与客户端签名的内容逐行对照。",
		},
	}
	wordsUnknownLarge = Message{
		ID: Unknown,
		Sentence: Text{
			En: "The signature does not match. The request is too large for every explanation to be tried.",
			Zh: "签名不匹配。请求太大，没有逐一尝试所有可能的原因。",
		},
		Advice: wordsUnknown.Advice,
	}
)

// proxied are headers that proxies, browsers and HTTP libraries change by
// themselves.
func proxied(name string) bool {
	switch name {
	case "accept", "accept-encoding", "cache-control", "connection", "content-disposition", "content-encoding", "content-length", "content-type",
		"date", "expect", "origin", "pragma", "range", "referer", "te", "transfer-encoding", "user-agent", "via", "x-forwarded-for":
		return true
	}
	return false
}

// unknown is what is said where nothing is proven: what may differ from what
// was signed comes before another secret.
func (e *evidence) unknown() Finding {
	var checks []Text
	check := func(t Text, name string) { checks = append(checks, t.With(Values{Name: name})) }
	if t := Placeholder(e.req.Path); t != "" {
		check(Text{
			En: "whether the client signed the key with the placeholder {name}, which nobody filled in",
			Zh: "客户端签名时对象键里是不是也有未替换的占位符 {name}",
		}, t)
	}
	if contains(e.claim.HeaderList, "host") {
		check(Text{
			En: "whether the client signed the host {name} (a proxy, a CDN or a custom domain may have changed it)",
			Zh: "客户端签名时的域名是不是 {name}（代理、CDN 或自定义域名可能改动了它）",
		}, e.req.Host)
	}
	if !guess.IsASCII(signer.Decode(e.req.Path)) {
		check(Text{
			En: "whether the key, which is not ASCII, was signed as UTF-8",
			Zh: "对象键含非 ASCII 字符，签名时是否用了 UTF-8",
		}, "")
	}
	var names []Text
	for _, name := range e.claim.HeaderList {
		if name = strings.ToLower(inPhrase(name)); proxied(name) && !slices.Contains(names, same(name)) {
			names = append(names, same(name))
		}
	}
	if len(names) > 0 {
		headers := Text{
			En: "whether these signed headers arrive as they were signed: {detail}",
			Zh: "这些签名头部到达时是否与签名时一致：{detail}",
		}
		checks = append(checks, headers.With(Values{Detail: joinTexts(names, ", ", "、")}))
	}
	if len(checks) == 0 || e.signedPolicy() {
		return wordsUnknown.Finding(Values{})
	}
	return wordsUnknownOpen.Finding(Values{Detail: joinTexts(checks, "; ", "；")})
}

func ranked(f Finding, rank int) []Finding {
	f.rank = rank
	return []Finding{f}
}

func observeNoAppID(e *evidence) []Finding {
	b := e.in.Facts.Bucket
	if !e.in.Facts.BucketMissing || b == "" || coshost.HasAppID(b) || len(observeHostMalformed(e)) > 0 {
		return nil
	}
	for _, known := range e.in.Facts.Buckets {
		if strings.HasPrefix(known, b+"-") && coshost.HasAppID(known) && strings.LastIndexByte(known, '-') == len(b) {
			return ranked(wordsNoAppIDKnown.Finding(Values{Signed: known, Arrived: b}), rankBucket)
		}
	}
	if e.in.Facts.HostUnknown || e.bare() {
		return nil // the bucket is made of the key
	}
	return ranked(wordsNoAppID.Finding(Values{Arrived: b}), rankBucket)
}

func observeRegion(e *evidence) []Finding {
	f := &e.in.Facts
	if f.BucketRegion == "" || f.AddressRegion == "" || f.BucketRegion == f.AddressRegion {
		return nil
	}
	return ranked(wordsRegion.Finding(Values{Name: f.Bucket, Signed: f.BucketRegion, Arrived: f.AddressRegion}), rankBucket)
}

// observeMD5Hex looks at a Content-MD5 that is the hex of a digest, or the
// base64 of the hex.
func observeMD5Hex(e *evidence) []Finding {
	v := strings.TrimSpace(e.req.Header.Get("Content-MD5"))
	text := v
	if b, err := base64.StdEncoding.DecodeString(v); err == nil && len(b) == 32 {
		text = string(b)
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 16 {
		return nil
	}
	return ranked(wordsMD5Hex.Finding(Values{
		Name: "Content-MD5", Signed: base64.StdEncoding.EncodeToString(b), Arrived: v,
	}), rankBody)
}

// observeBodyShort compares what came of a body with what was announced.
func observeBodyShort(e *evidence) []Finding {
	if e.in.Facts.Code != "IncompleteBody" || e.in.Facts.Chunk != nil { // which observeChunk says
		return nil
	}
	said := e.req.Header.Get("Content-Length")
	w := &wordsBodyShort
	if said == "" {
		w = &wordsChunksCut
	}
	return ranked(w.Finding(Values{Signed: said, Arrived: strconv.FormatInt(e.in.Facts.Received, 10)}), rankBody)
}

func observeCORS(e *evidence) []Finding {
	c := e.in.Facts.CORS
	if c == nil {
		return nil
	}
	asked := inPhrase(strings.TrimSpace(c.Origin + " " + c.Method))
	if len(c.Headers) > 0 {
		asked += " " + inPhrase(strings.Join(c.Headers, ", "))
	}
	v := Values{Name: c.Rule, Arrived: c.Missing, Detail: same(asked)}
	w := &wordsCORSNear
	if c.Rule == "" {
		w = &wordsCORSNone
	}
	return ranked(w.Finding(v), rankPreflight)
}

func observeStrict(e *evidence) []Finding {
	s := e.in.Facts.Strict
	if s == nil {
		return nil
	}
	var names []Text
	for _, h := range s.Headers {
		names = append(names, Text{En: "the header {name}", Zh: "头部 {name}"}.With(Values{Name: h}))
	}
	for _, p := range s.Params {
		names = append(names, Text{En: "the parameter {name}", Zh: "参数 {name}"}.With(Values{Name: p}))
	}
	v := Values{Detail: joinTexts(names, ", ", "、")}
	if len(s.Headers)+len(s.Params) == 1 {
		v.Name = strings.Join(append(s.Headers[:len(s.Headers):len(s.Headers)], s.Params...), "")
	}
	return ranked(wordsStrict.Finding(v), rankStrict)
}

// CopySource is a copy's source that is not there, and how it was read.
type CopySource struct {
	// Text is x-cos-copy-source as it arrived.
	Text string
	// Bucket, Region, Key and Version are what was read in it; Region and Version
	// are empty where it names none, Bucket and Key where it could not be read.
	Bucket, Region, Key, Version string
	// Literal is the other key that was tried, with each `+` a plus; or empty.
	Literal string
	// NoBucket says that there is no such bucket; else it has no such object.
	NoBucket bool
}

var (
	wordsSourceForm = Message{
		ID: CopySourceMissing,
		Sentence: Text{
			En: `x-cos-copy-source names no bucket and object: "{arrived}".`,
			Zh: "x-cos-copy-source 里没有存储桶和对象键：“{arrived}”。",
		},
		Advice: Text{
			En: "Write <bucket>-<APPID>.cos.<region>.myqcloud.com/<key>, the key percent-encoded once, and no http:// before it.",
			Zh: "请写成 <存储桶>-<APPID>.cos.<地域>.myqcloud.com/<对象键>，对象键做一次 URL 编码，前面不要写 http://。",
		},
	}
	wordsSourceBucket = Message{
		ID: CopySourceMissing,
		Sentence: Text{
			En: `The source of the copy, "{arrived}", was read as the object {detail} of the bucket "{name}". There is no such bucket.`,
			Zh: "复制源 “{arrived}” 被解析为存储桶 “{name}” 的对象{detail}。没有这个存储桶。",
		},
		Advice: Text{
			En: "Check the bucket's name, its APPID and its region in x-cos-copy-source.",
			Zh: "请核对 x-cos-copy-source 里存储桶的名称、APPID 和地域。",
		},
	}
	wordsSourceKey = Message{
		ID: CopySourceMissing,
		Sentence: Text{
			En: `The source of the copy, "{arrived}", was read as the object {detail} of the bucket "{name}". There is no such object.`,
			Zh: "复制源 “{arrived}” 被解析为存储桶 “{name}” 的对象{detail}。没有这个对象。",
		},
		Advice: Text{
			En: "Compare that key with the object's. In x-cos-copy-source a key is percent-encoded once: a blank is %20, a plus %2B, a percent sign %25.",
			Zh: "请与对象的对象键核对。x-cos-copy-source 里的对象键要做一次 URL 编码：空格写 %20，加号写 %2B，百分号写 %25。",
		},
	}
)

// observeCopySource tells how a source was read that is not there.
func observeCopySource(e *evidence) []Finding {
	s := e.in.Facts.Source
	if s == nil {
		return nil
	}
	w := &wordsSourceKey
	switch {
	case s.Bucket == "" || s.Key == "":
		w = &wordsSourceForm
	case s.NoBucket:
		w = &wordsSourceBucket
	}
	bucket := s.Bucket
	if s.NoBucket && s.Region != "" {
		bucket += " (" + s.Region + ")"
	}
	f := w.Finding(Values{Name: bucket, Arrived: s.Text, Detail: s.reading()})
	f.Name = "x-cos-copy-source"
	return ranked(f, rankBody)
}

// reading is the key that was looked for, and what else was.
func (s *CopySource) reading() Text {
	parts := []Text{Text{En: `"{name}"`, Zh: " “{name}”"}.With(Values{Name: s.Key})}
	if s.Literal != "" {
		other := Text{En: ` (each + a blank) or "{name}"`, Zh: "（“+” 视为空格）或 “{name}”"}
		parts = append(parts, other.With(Values{Name: s.Literal}))
	}
	if s.Version != "" {
		version := Text{En: `, version "{name}",`, Zh: "（版本 {name}）"}
		parts = append(parts, version.With(Values{Name: s.Version}))
	}
	return joinTexts(parts, "", "")
}
