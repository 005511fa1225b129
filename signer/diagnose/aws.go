package diagnose

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// explainAWS is Explain for a request that was signed the S3 way.
func explainAWS(in *Input) *Report {
	e := &evidence{addresses: addresses{in}, in: in, req: in.Request, claim: in.Claim, key: in.Key}
	e.small = small(in.Request, in.Claim)
	r := new(Report)
	if r.Findings = observeAWSClaim(e); len(r.Findings) > 0 {
		return r // nothing else of it can be relied on
	}
	if in.Facts.CORS == nil {
		(&repairer{e}).repairKey()
		e.judgeAWS(r)
	}
	r.Findings = append(r.Findings, observeTooOld(e)...)
	e.observeAWS(r)
	if e.unexplained(r) {
		r.Findings = append(r.Findings, ranked(e.unknown(), rankUnknown)...)
	}
	for i := range r.Findings {
		r.Findings[i].toS3(in.Claim.Family)
	}
	r.dropEchoes()
	r.sort()
	return r
}

// observeAWS adds what the rows see that hold for signatures of every family.
func (e *evidence) observeAWS(r *Report) {
	for _, f := range e.repairs {
		f.Proven = e.holds || e.proven
		r.Findings = append(r.Findings, f)
	}
	r.Findings = append(r.Findings, e.seen...)
	r.Findings = append(r.Findings, e.listedNotSent()...)
	for _, row := range table() {
		switch row.id {
		case HostMalformed, Host, PathBucket, KeyFormat, TokenMissing, TokenUnknown, TokenExpired, KeyUnknown,
			ClockMoved, TimeZone, Expired, NotYetValid, BucketNoAppID, Region, MD5Hex, BodyShort, CopySourceMissing,
			PolicyDenied, CORSNoRule, StrictSignature, AWSChecksum, AWSChunk, FormPolicy:
			if row.observe != nil {
				r.Findings = append(r.Findings, row.observe(e)...)
			}
		}
	}
}

// listedNotSent sees the headers that SignedHeaders lists and that did not come.
func (e *evidence) listedNotSent() []Finding {
	if e.holds || e.claim.Family != signer.AWS4 || !e.small {
		return nil
	}
	var found []Finding
	for _, name := range e.claim.HeaderList {
		if name == "x-amz-security-token" || e.arrivedHeader(name) {
			continue
		}
		f := wordsHeaderNotSent.Finding(Values{Name: http.CanonicalHeaderKey(name)})
		f.rank, f.explains = rankObserved, true
		found = append(found, f)
	}
	return found
}

// toS3 names in a finding what S3 clients have in place of COS's own.
func (f *Finding) toS3(family signer.Family) {
	canonical := Text{En: "the canonical request", Zh: "规范请求（canonical request）"}
	if family == signer.AWS2 {
		canonical = same("StringToSign")
	}
	mismatch, ofS3 := wordsMismatch(), wordsMismatchS3()
	change := func(s, canonical, mismatch, ofS3 string) string {
		return strings.NewReplacer(signer.TokenName, "x-amz-security-token", "q-ak", "the access key id", "q-header-list", "SignedHeaders",
			"HttpString", canonical, mismatch, ofS3).Replace(s)
	}
	for _, t := range []*Text{&f.Sentence, &f.Advice} {
		t.En, t.Zh = change(t.En, canonical.En, mismatch.En, ofS3.En), change(t.Zh, canonical.Zh, mismatch.Zh, ofS3.Zh)
	}
	f.Name = change(f.Name, "", mismatch.En, ofS3.En)
}

func wordsMismatch() Text { return Text{En: "The signature does not match", Zh: "签名不匹配"} }

func wordsMismatchS3() Text {
	return Text{En: "The S3 signature does not match", Zh: "S3 签名不匹配"}
}

// judgeAWS checks the signature. If it does not match, it searches for the
// mistakes that explain it.
func (e *evidence) judgeAWS(r *Report) {
	e.judged = e.key.SecretKey != ""
	if !e.judged {
		return
	}
	var res signer.Result
	if f := e.in.Form; f != nil && e.claim.Carrier == signer.CarrierForm {
		res = signer.VerifyPolicy(e.claim, f.Encoded, e.key.SecretKey)
	} else {
		res = signer.Verify(e.req, e.claim, e.key.SecretKey, e.in.Verify)
	}
	e.holds = res.OK
	r.Arrived = &Form{HttpString: maskText(res.HttpString, e.secrets()...), StringToSign: maskText(res.StringToSign, e.secrets()...)}
	if !e.holds {
		e.searchAWS(r, &res)
	}
}

var wordsTooOld = Message{
	ID: Expired,
	Sentence: Text{
		En: "The request was signed {detail} before it arrived (signed {signed}, arrived {arrived}). An S3 signature in a header is good for 15 minutes.",
		Zh: "请求在到达前 {detail} 签名（签名时间 {signed}，到达时间 {arrived}）。头部里的 S3 签名只在 15 分钟内有效。",
	},
	Advice: Text{
		En: "Set the client's clock (NTP). To hand a request on, sign it in the URL, which says how long it is valid.",
		Zh: "请校准客户端时钟（NTP）。要把请求交给别人发送，请用预签名 URL，它自带有效期。",
	},
}

// observeTooOld sees a signature in a header that was made too long ago.
func observeTooOld(e *evidence) []Finding {
	te, ok := e.timing().problem()
	if !ok || te.Kind != signer.TimeTooOld {
		return nil
	}
	if e.timing().clockMoved() {
		return e.timing().byTheClock(Expired, te)
	}
	return ranked(wordsTooOld.Finding(Values{
		Signed: clock(te.Range.Start), Arrived: clock(e.in.Now.Unix()), Detail: span(te.By),
	}), rankTime)
}

var wordsAWSClaim = Message{
	ID: AWSSignature,
	Sentence: Text{
		En: "The S3 signature cannot be judged: {detail}.",
		Zh: "无法校验这个 S3 签名：{detail}。",
	},
	Advice: Text{
		En: "Let an S3 SDK sign: its own output is never like this. Whatever changes a request after that breaks the signature.",
		Zh: "请用 S3 SDK 生成签名：SDK 自己的输出不会这样。签名之后任何改动都会使签名失效。",
	},
}

// observeAWSClaim says why the signature cannot be judged.
func observeAWSClaim(e *evidence) []Finding {
	p := e.in.Problem
	if p == nil {
		return nil
	}
	f := wordsAWSClaim.Finding(Values{Name: p.Field, Signed: p.Want, Arrived: p.Value, Detail: problemText(p)})
	f.rank, f.explains = rankUnreadable, true
	return []Finding{f}
}

func problemText(p *signer.ClaimError) Text {
	v := Values{Name: p.Field, Signed: p.Want, Arrived: p.Value}
	switch p.Problem {
	case signer.ProblemTwice:
		if p.Field == "" {
			return Text{En: "there is another signature beside it", Zh: "请求里还有另一个签名"}
		}
		return Text{En: "{name} is there twice", Zh: "{name} 出现了两次"}.With(v)
	case signer.ProblemAlgorithm:
		return Text{En: `there is no algorithm "{arrived}"`, Zh: "没有 “{arrived}” 这种算法"}.With(v)
	case signer.ProblemMissing:
		return Text{En: "{name} is missing", Zh: "缺少 {name}"}.With(v)
	case signer.ProblemScopeDate:
		return Text{
			En: `the credential scope has the day "{arrived}", and X-Amz-Date is of "{signed}"`,
			Zh: "Credential 里的日期是 “{arrived}”，而 X-Amz-Date 的日期是 “{signed}”",
		}.With(v)
	case signer.ProblemScopeService:
		return Text{En: `the credential scope is for the service "{arrived}", not "{signed}"`, Zh: "Credential 里的服务是 “{arrived}”，应该是 “{signed}”"}.With(v)
	case signer.ProblemScopeEnd:
		return Text{En: `the credential scope ends in "{arrived}", not "{signed}"`, Zh: "Credential 以 “{arrived}” 结尾，应该是 “{signed}”"}.With(v)
	case signer.ProblemUnsigned:
		return Text{En: "{name} came with the request, and the signature does not cover it", Zh: "请求带了 {name}，签名却没有包含它"}.With(v)
	case signer.ProblemNegative:
		return Text{En: `X-Amz-Expires "{arrived}" is below zero`, Zh: "X-Amz-Expires “{arrived}” 是负数"}.With(v)
	case signer.ProblemTooLong:
		return Text{En: `X-Amz-Expires "{arrived}" is over seven days (604800 seconds)`, Zh: "X-Amz-Expires “{arrived}” 超过了七天（604800 秒）"}.With(v)
	case signer.ProblemPayload:
		return Text{En: `x-amz-content-sha256 "{arrived}" is neither a kind of payload nor a SHA-256`, Zh: "x-amz-content-sha256 “{arrived}” 既不是已知的取值，也不是 SHA-256"}.With(v)
	case signer.ProblemFormat:
	}
	return Text{En: `{name} "{arrived}" cannot be read`, Zh: "无法读取 {name} “{arrived}”"}.With(v)
}

var wordsChecksum = Message{
	ID: AWSChecksum,
	Sentence: Text{
		En: "The client sends a checksum of its own ({detail}), as S3 clients of 2025 and later do by default. COS does not take it.",
		Zh: "客户端自行附带了校验和（{detail}），2025 年起的 S3 客户端默认如此。COS 不接受。",
	},
	Advice: Text{
		En: "Set the client's checksum calculation to when required: AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED in the environment, request_checksum_calculation=\"when_required\" in boto3's Config, requestChecksumCalculation: \"WHEN_REQUIRED\" in @aws-sdk. DeleteObjects needs a Content-MD5 besides.",
		Zh: "请把客户端的校验和计算设为按需：环境变量 AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED，boto3 的 Config 里 request_checksum_calculation=\"when_required\"，@aws-sdk 里 requestChecksumCalculation: \"WHEN_REQUIRED\"。DeleteObjects 还需要 Content-MD5。",
	},
}

// observeChecksum sees a request that was refused for the checksum that newer S3
// clients add: in a trailer, or in place of Content-MD5.
func observeChecksum(e *evidence) []Finding {
	c := e.claim
	if c == nil || c.AWS == nil {
		return nil
	}
	switch c.AWS.Payload {
	case signer.PayloadChunksTrailer, signer.PayloadUnsignedTrailer:
		return checksumFinding("x-amz-content-sha256", c.AWS.PayloadHash)
	default:
	}
	if _, many := e.req.Param("delete"); !many || e.req.Method != http.MethodPost || e.req.Header.Get("Content-MD5") != "" {
		return nil
	}
	for name, values := range e.req.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-checksum-") || lower == "x-amz-sdk-checksum-algorithm" {
			return checksumFinding(lower, strings.Join(values, ","))
		}
	}
	return nil
}

func checksumFinding(name, value string) []Finding {
	f := wordsChecksum.Finding(Values{Name: name, Arrived: value, Detail: same(inPhrase(name + ": " + value))})
	return ranked(f, rankBody)
}
