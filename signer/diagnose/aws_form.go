package diagnose

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
)

var (
	wordsAWSFormText = Message{
		ID: FormPolicy,
		Sentence: Text{
			En: "The policy was signed in a wrong way: {detail}.",
			Zh: "对 policy 签名的内容不对：{detail}。",
		},
		Advice: Text{
			En: "S3 signs the field policy as it is sent, which is the base64 of the JSON: make it once, sign it, and send the same text.",
			Zh: "S3 签的是 policy 字段本身，也就是 JSON 的 base64：只生成一次，对它签名，并发送同一段文本。",
		},
	}
	wordsAWSFormMissing = Message{
		ID:       FormPolicy,
		Sentence: wordsFormMissing.Sentence,
		Advice: Text{
			En: "Put the base64 of the policy's JSON into the field policy, before the file, and sign that field.",
			Zh: "请在文件之前加上 policy 字段，值是策略 JSON 的 base64，并对该字段签名。",
		},
	}
	wordsAWSFormCondition = Message{
		ID:       FormPolicy,
		Sentence: wordsFormCondition.Sentence,
		Advice: Text{
			En: `Add to conditions: {"x-amz-algorithm":"AWS4-HMAC-SHA256"}, {"x-amz-credential":"<SecretId>/<day>/<region>/s3/aws4_request"}, {"x-amz-date":"<time>"}. All three are needed.`,
			Zh: `请在 conditions 里加上 {"x-amz-algorithm":"AWS4-HMAC-SHA256"}、{"x-amz-credential":"<SecretId>/<日期>/<地域>/s3/aws4_request"}、{"x-amz-date":"<时间>"}，三个都要有。`,
		},
	}
	wordsAWSFormUnreadable = Message{
		ID:       FormPolicy,
		Sentence: wordsFormUnreadable.Sentence,
		Advice: Text{
			En: `The field is the base64 of JSON such as {"expiration":"2026-01-01T01:00:00.000Z","conditions":[{"bucket":"<bucket>"},["starts-with","$key","up/"]]}.`,
			Zh: `该字段是 JSON 的 base64，例如 {"expiration":"2026-01-01T01:00:00.000Z","conditions":[{"bucket":"<存储桶>"},["starts-with","$key","up/"]]}。`,
		},
	}
	wordsAWSKeyMade = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: "The signature was made another way than S3 has it: {detail}.",
			Zh: "签名的算法与 S3 规定的不同：{detail}。",
		},
		Advice: Text{
			En: "Let an S3 SDK sign, or follow the document of S3 step by step: V4 is HMAC-SHA256 in hex, with a key derived from AWS4 and the secret; V2 is HMAC-SHA1 in base64.",
			Zh: "请用 S3 SDK 签名，或逐步对照 S3 文档：V4 是十六进制的 HMAC-SHA256，密钥由 AWS4 加 SecretKey 逐级派生；V2 是 base64 的 HMAC-SHA1。",
		},
	}
)

// keyDetail says how a signing key of AWS4 was made wrong.
func keyDetail(made keyMade) Text {
	if made == keyBare {
		return Text{
			En: "the signing key was derived from the secret alone, without AWS4 before it",
			Zh: "派生签名密钥时 SecretKey 前面漏了 AWS4",
		}
	}
	return Text{
		En: "the signing key was derived from hex digits, and should be from the bytes of each step",
		Zh: "派生签名密钥时每一步用了十六进制文本，应该用原始字节",
	}
}

// awsFormSearch looks for what the client of an S3 form signed.
type awsFormSearch struct {
	*evidence
	r *Report
}

// run tries each text with each key, and the ways to write a signature.
func (s *awsFormSearch) run() {
	texts, keys := s.texts(), s.keys()
	for i := range texts {
		for j := range keys {
			s.r.Attempts++
			mac := keys[j].mac(texts[i].text)
			wrong, ok := s.written(mac, &keys[j])
			if !ok {
				continue
			}
			s.proven = true
			s.r.Signed = &Form{StringToSign: maskText(texts[i].text, s.secrets()...)}
			if i > 0 {
				s.r.prove(texts[i].message, texts[i].v)
			}
			if j > 0 {
				s.r.prove(keys[j].message, keys[j].v)
			}
			if wrong != nil {
				s.r.prove(wrong, Values{Detail: s.howWritten(), Signed: s.right(mac), Arrived: s.claim.Signature})
			}
			return
		}
	}
}

// texts are what may have been signed, the right one first.
func (s *awsFormSearch) texts() []formText {
	f := s.in.Form
	list := []formText{{text: f.Encoded}}
	seen := map[string]bool{f.Encoded: true, "": true}
	add := func(text string, what Text) {
		if !seen[text] {
			seen[text] = true
			list = append(list, formText{text, &wordsAWSFormText, Values{Name: "policy", Detail: what}})
		}
	}
	plain := f.Policy
	if len(plain) == 0 {
		plain, _ = base64.StdEncoding.DecodeString(f.Encoded) // empty where it is none
	}
	add(string(plain), Text{En: "its JSON text, and not the base64 of it", Zh: "签的是 JSON 原文，没有用它的 base64"})
	add(strings.TrimSpace(f.Encoded), Text{En: "without the blanks around it", Zh: "签名时去掉了首尾空白"})
	add(f.Encoded+"\n", Text{En: "with a line break behind it", Zh: "后面多了换行"})
	again := Text{En: "base64 of the same JSON, written another way", Zh: "同一段 JSON 的 base64，写法不同"}
	add(base64.StdEncoding.EncodeToString(plain), again)
	add(base64.URLEncoding.EncodeToString(plain), again)
	add(base64.RawStdEncoding.EncodeToString(plain), again)
	add(base64.RawURLEncoding.EncodeToString(plain), again)
	add(base64.StdEncoding.EncodeToString(append(plain[:len(plain):len(plain)], '\n')), Text{En: "base64 of the JSON with a line break behind it", Zh: "JSON 后面多了换行再做 base64"})
	sum := func(text string) string { h := sha256.Sum256([]byte(text)); return hex.EncodeToString(h[:]) }
	add(sum(f.Encoded), Text{En: "the SHA-256 of the field, and not the field", Zh: "签的是该字段的 SHA-256，不是字段本身"})
	add(sum(string(plain)), Text{En: "the SHA-256 of its JSON text", Zh: "签的是 JSON 原文的 SHA-256"})
	add(signer.PolicyStringToSign(plain), Text{En: "the SHA-1 of its JSON text, as COS's own forms have it", Zh: "签的是 JSON 原文的 SHA-1，那是 COS 自己的表单签名"})
	if s.claim.Family == signer.AWS4 {
		head := signer.AlgorithmAWS4 + "\n" + s.claim.AWS.Date + "\n" + s.claim.AWS.Scope.Raw + "\n"
		other := Text{En: "its SHA-256 behind algorithm, date and scope, as in other requests", Zh: "像其他请求那样，在它的 SHA-256 前加了算法、时间和 scope"}
		add(head+sum(f.Encoded), other)
		add(head+sum(string(plain)), other)
	}
	var tight bytes.Buffer
	if json.Compact(&tight, plain) == nil {
		add(base64.StdEncoding.EncodeToString(tight.Bytes()), Text{En: "base64 of the JSON without blanks", Zh: "去掉空白后的 JSON 的 base64"})
	}
	return list
}

// awsFormKey is a key that may have been used.
type awsFormKey struct {
	mac     func(text string) []byte
	message *Message
	v       Values
}

// keys are the keys that may have been used, the right one first.
func (s *awsFormSearch) keys() []awsFormKey {
	plain := &awsText{family: s.claim.Family, secret: s.key.SecretKey}
	if plain.family == signer.AWS4 {
		scope := &s.claim.AWS.Scope
		plain.day, plain.region, plain.service = scope.Date, scope.Region, scope.Service
	}
	list := []awsFormKey{{mac: plain.macOf()}}
	add := func(m *Message, v Values, change func(*awsText)) {
		t := plain.clone()
		change(t)
		list = append(list, awsFormKey{t.macOf(), m, v})
	}
	secret := func(value string, m *Message, v Values) {
		if value != plain.secret {
			add(m, v, func(t *awsText) { t.secret = value })
		}
	}
	for _, b := range blankSecrets(plain.secret) {
		secret(b.secret, &wordsSecretBlank, Values{Detail: b.detail})
	}
	secret("", &wordsSecretEmpty, Values{})
	secret(s.claim.SecretID, &wordsSecretIsID, Values{})
	for _, k := range s.in.OtherKeys[:min(len(s.in.OtherKeys), maxOtherKeys)] {
		if k.SecretKey != "" {
			secret(k.SecretKey, &wordsSecretOther, Values{Signed: k.SecretID, Arrived: s.shownID()})
		}
	}
	if plain.family == signer.AWS2 {
		key := []byte(plain.secret)
		return append(list, awsFormKey{
			func(text string) []byte { h := hmac.New(sha256.New, key); h.Write([]byte(text)); return h.Sum(nil) },
			&wordsAWSKeyMade,
			Values{Detail: Text{En: "with HMAC-SHA256", Zh: "用了 HMAC-SHA256"}},
		})
	}
	proposeKeyOf(plain, &s.in.Facts, add)
	return list
}

// proposeKeyOf proposes other keys of AWS4: of another region, service or day, or
// made wrong.
func proposeKeyOf(plain *awsText, f *Facts, add func(m *Message, v Values, change func(*awsText))) {
	for _, region := range usualRegions(f) {
		if region != plain.region {
			add(&wordsAWSScope, Values{Signed: region, Arrived: plain.region}, func(t *awsText) { t.region = region })
		}
	}
	for _, service := range usualServices() {
		add(&wordsAWSScope, Values{Signed: service, Arrived: plain.service}, func(t *awsText) { t.service = service })
	}
	if day, err := time.Parse("20060102", plain.day); err == nil {
		for _, by := range []int{-1, 1} {
			other := day.AddDate(0, 0, by).Format("20060102")
			add(&wordsAWSScope, Values{Signed: other, Arrived: plain.day}, func(t *awsText) { t.day = other })
		}
	}
	for _, made := range [...]keyMade{keyBare, keyHex} {
		add(&wordsAWSKeyMade, Values{Detail: keyDetail(made)}, func(t *awsText) { t.made = made })
	}
}

func usualRegions(f *Facts) []string {
	return []string{f.BucketRegion, f.AddressRegion, "us-east-1", "auto", "", "ap-guangzhou", "ap-beijing", "ap-shanghai", "ap-hongkong", "ap-singapore"}
}

func usualServices() []string { return []string{"cos", "execute-api", "sts"} }

// macOf is the function that signs a text of this family, key and scope.
func (t *awsText) macOf() func(text string) []byte {
	if t.family == signer.AWS2 {
		key := []byte(t.secret)
		return func(text string) []byte {
			h := hmac.New(sha1.New, key)
			h.Write([]byte(text))
			return h.Sum(nil)
		}
	}
	key := t.signingKey()
	return func(text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
}

// right is how the signature has to be written.
func (s *awsFormSearch) right(mac []byte) string {
	if s.claim.Family == signer.AWS2 {
		return base64.StdEncoding.EncodeToString(mac)
	}
	return hex.EncodeToString(mac)
}

// written reports whether this is the signature of the form, and what is wrong with
// how it is written.
func (s *awsFormSearch) written(mac []byte, key *awsFormKey) (*Message, bool) {
	got := s.claim.Signature
	if right := s.right(mac); got == right {
		return nil, true
	} else if strings.TrimSpace(got) == right || strings.ReplaceAll(got, " ", "+") == right || signer.Decode(got) == right {
		return &wordsAWSSignature, true
	}
	if key.message == &wordsAWSKeyMade {
		return nil, false // two such mistakes are not tried together
	}
	trimmed := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(got), "=")
	if strings.EqualFold(got, hex.EncodeToString(mac)) || trimmed == base64.RawStdEncoding.EncodeToString(mac) {
		return &wordsAWSKeyMade, true
	}
	return nil, false
}

// howWritten says how the signature should be written.
func (s *awsFormSearch) howWritten() Text {
	if s.claim.Family == signer.AWS2 {
		return Text{En: "it is not written in base64 as it should be", Zh: "结果没有写成标准的 base64"}
	}
	return Text{En: "it is not written in lower-case hex", Zh: "结果没有写成小写十六进制"}
}
