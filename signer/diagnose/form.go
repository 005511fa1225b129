package diagnose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

// FormEvidence is what a form upload says of its signature (COS docs: POST Object).
type FormEvidence struct {
	// Policy is the JSON text of its policy, Encoded the field that held it. Both
	// are empty where there is none; Policy is, where it cannot be read.
	Policy  []byte
	Encoded string
	// Signed means that the claim covers the policy, as the documents say. Else
	// the field Signature held an ordinary signature.
	Signed bool
	// S3 means that the form is signed, or was to be, as one of S3.
	S3 bool
	// Claimed means that the form names a key pair and a signature.
	Claimed bool
	// KeyEmpty means that the field q-ak is there and empty.
	KeyEmpty bool
	// Problem says what is wrong with the policy; nil: nothing.
	Problem *FormProblem
}

// FormProblem is why a form's policy cannot be used.
type FormProblem struct {
	// Missing means that the form has no policy.
	Missing bool
	// Condition is the q-* field on which there is no condition.
	Condition string
	// Member is the part that cannot be read: "policy", "expiration",
	// "conditions", "conditions[2]".
	Member string
	// Detail says what is wrong with that part, as the rest of a sentence.
	Detail Text
	// Unmet is the condition that the form does not meet; nil: none.
	Unmet *UnmetCondition
	// Expired is the policy's expiration if it has passed, else zero.
	Expired time.Time
}

// UnmetCondition is a condition of a form's policy that is not met.
type UnmetCondition struct {
	// Field is what it is on: a field of the form, or "bucket".
	Field string
	// Prefix means that the value has to begin with Want, not to equal it.
	Prefix bool
	Want   string
	// Value is what arrived. Absent means that the form has no such field.
	Value  string
	Absent bool
}

// starred reports whether a star at the end of the prefix is all that keeps the
// condition from being met. A star has no special meaning there.
func (u *UnmetCondition) starred() bool {
	prefix, star := strings.CutSuffix(u.Want, "*")
	return u.Prefix && !u.Absent && star && strings.HasPrefix(u.Value, prefix)
}

var (
	wordsFormMissing = Message{
		ID:       FormPolicy,
		Sentence: Text{En: "The form has no field policy.", Zh: "表单里没有 policy 字段。"},
		Advice: Text{
			En: "Put the base64 of the policy's JSON into the field policy, before the file, and sign that JSON (POST Object).",
			Zh: "请在文件之前加上 policy 字段，值是策略 JSON 的 base64，并对该 JSON 签名（见 POST Object）。",
		},
	}
	wordsFormCondition = Message{
		ID:       FormPolicy,
		Sentence: Text{En: "The policy has no condition on {name}.", Zh: "policy 的 conditions 里没有 {name}。"},
		Advice: Text{
			En: `Add to conditions: {"q-sign-algorithm":"sha1"}, {"q-ak":"<SecretId>"}, {"q-sign-time":"<KeyTime>"}. All three are needed.`,
			Zh: `请在 conditions 里加上 {"q-sign-algorithm":"sha1"}、{"q-ak":"<SecretId>"}、{"q-sign-time":"<KeyTime>"}，三个都要有。`,
		},
	}
	wordsFormUnreadable = Message{
		ID:       FormPolicy,
		Sentence: Text{En: "The policy cannot be read: {name} {detail}.", Zh: "policy 无法读取：{name} {detail}。"},
		Advice: Text{
			En: `The field is the base64 of JSON such as {"expiration":"2026-01-01T01:00:00.000Z","conditions":[{"q-ak":"<SecretId>"},["starts-with","$key","up/"]]}.`,
			Zh: `该字段是 JSON 的 base64，例如 {"expiration":"2026-01-01T01:00:00.000Z","conditions":[{"q-ak":"<SecretId>"},["starts-with","$key","up/"]]}。`,
		},
	}
	wordsFormStar = Message{
		ID: FormPolicy,
		Sentence: Text{
			En: `The policy's condition requires {name} to begin with "{signed}", and a star has no special meaning: "{arrived}" does not.`,
			Zh: `policy 的条件要求 {name} 以 “{signed}” 开头，“*” 只代表它自己：“{arrived}” 不符合。`,
		},
		Advice: Text{
			En: `starts-with compares a plain prefix (POST Object). Leave the star out: ["starts-with","${name}","{detail}"].`,
			Zh: `starts-with 只比较前缀（见 POST Object）。请去掉星号：["starts-with","${name}","{detail}"]。`,
		},
	}
	wordsFormExpired = Message{
		ID: Expired,
		Sentence: Text{
			En: "The policy expired at {signed}; the form arrived at {arrived}.",
			Zh: "policy 的有效期至 {signed}，表单到达的时间是 {arrived}。",
		},
		Advice: Text{
			En: "Make the policy just before the upload, or set its expiration later (UTC, as in 2026-01-01T01:00:00.000Z).",
			Zh: "请在上传前才生成 policy，或者把 expiration 设得更晚（UTC 时间，例如 2026-01-01T01:00:00.000Z）。",
		},
	}
	wordsFormUnequal = Message{
		ID: FormPolicy,
		Sentence: Text{
			En: `The policy's condition requires {name} to be "{signed}", but it is "{arrived}".`,
			Zh: `policy 的条件要求 {name} 是 “{signed}”，实际收到的是 “{arrived}”。`,
		},
		Advice: wordsFormUnmetAdvice,
	}
	wordsFormNoPrefix = Message{
		ID: FormPolicy,
		Sentence: Text{
			En: `The policy's condition requires {name} to begin with "{signed}", but it is "{arrived}".`,
			Zh: `policy 的条件要求 {name} 以 “{signed}” 开头，实际收到的是 “{arrived}”。`,
		},
		Advice: wordsFormUnmetAdvice,
	}
	wordsFormAbsent = Message{
		ID: FormPolicy,
		Sentence: Text{
			En: "The policy has a condition on {name}, and the form has no such field before its file.",
			Zh: "policy 里有关于 {name} 的条件，表单在文件之前却没有这个字段。",
		},
		Advice: Text{
			En: "Send the field {name}{detail}, or sign a policy without that condition.",
			Zh: "请在文件之前加上 {name} 字段{detail}，或者去掉该条件并重新签名。",
		},
	}
	wordsFormUnmetAdvice = Text{
		En: "Send the {name} that the policy names, or sign a policy with the one that is sent.",
		Zh: "请发送与 policy 一致的 {name}，或者按实际发送的值修改 policy 并重新签名。",
	}
	wordsFormBase64 = Message{
		ID: FormBase64,
		Sentence: Text{
			En: "The base64 of the policy was signed; what is signed is its JSON text.",
			Zh: "签名用的是 policy 的 base64，应该用它的 JSON 原文。",
		},
		Advice: Text{
			En: "StringToSign is the hex SHA-1 of the JSON text. Sign that; send the base64 of the same text as policy.",
			Zh: "StringToSign 是 JSON 原文的 SHA-1（十六进制）。对它签名，再把同一段原文的 base64 作为 policy 发送。",
		},
	}
	wordsFormText = Message{
		ID: FormPolicy,
		Sentence: Text{
			En: "The policy was signed in a wrong way: {detail}.",
			Zh: "对 policy 签名的内容不对：{detail}。",
		},
		Advice: Text{
			En: "Make the JSON text once. q-signature is HMAC-SHA1 of its hex SHA-1, with SignKey as the key.",
			Zh: "JSON 文本只生成一次。q-signature 是以 SignKey 为密钥，对该文本 SHA-1（十六进制）的 HMAC-SHA1。",
		},
	}
)

func observeFormPolicy(e *evidence) []Finding {
	if e.in.Form == nil || e.in.Form.Problem == nil {
		return nil
	}
	p := e.in.Form.Problem
	w, v := &wordsFormUnreadable, Values{Name: p.Member, Detail: p.Detail}
	switch s3 := e.in.Form.S3; {
	case p.Missing && s3:
		w, v = &wordsAWSFormMissing, Values{Name: "policy"}
	case p.Missing:
		w, v = &wordsFormMissing, Values{Name: "policy"}
	case p.Condition != "" && s3:
		w, v = &wordsAWSFormCondition, Values{Name: p.Condition}
	case p.Condition != "":
		w, v = &wordsFormCondition, Values{Name: p.Condition}
	case s3 && p.Unmet == nil && p.Expired.IsZero():
		w = &wordsAWSFormUnreadable
	case p.Unmet != nil:
		w, v = p.Unmet.words()
	case !p.Expired.IsZero():
		v := Values{Name: "expiration", Signed: clock(p.Expired.Unix()), Arrived: clock(e.in.Now.Unix())}
		return ranked(wordsFormExpired.Finding(v), rankTime)
	}
	f := w.Finding(v)
	f.rank, f.explains = rankUnreadable, true
	return []Finding{f}
}

// words says what the condition wants, and what arrived.
func (u *UnmetCondition) words() (*Message, Values) {
	v := Values{Name: u.Field, Signed: mask(u.Field, u.Want), Arrived: mask(u.Field, u.Value)}
	switch {
	case u.Absent && u.Want == "":
		return &wordsFormAbsent, v
	case u.Absent && u.Prefix:
		v.Detail = Text{En: ` with a value that begins with "{signed}"`, Zh: `（值以 “{signed}” 开头）`}.With(v)
		return &wordsFormAbsent, v
	case u.Absent:
		v.Detail = Text{En: ` with the value "{signed}"`, Zh: `（值为 “{signed}”）`}.With(v)
		return &wordsFormAbsent, v
	case u.starred():
		prefix := inPhrase(strings.TrimSuffix(v.Signed, "*"))
		v.Detail = same(prefix)
		return &wordsFormStar, v
	case u.Prefix:
		return &wordsFormNoPrefix, v
	}
	return &wordsFormUnequal, v
}

// formSearch looks for what a form's client signed.
type formSearch struct{ *evidence }

// formText is something that may have been signed in place of what the
// documents say.
type formText struct {
	text    string
	message *Message
	v       Values
}

// texts are the texts that a form's client may have signed, the right one
// first (choice 474).
func (e *formSearch) texts() []formText {
	f := e.in.Form
	hash := func(s string) string { return signer.PolicyStringToSign([]byte(s)) }
	other := func(text string, what Text) formText {
		return formText{text, &wordsFormText, Values{Detail: what}}
	}
	plain := string(f.Policy)
	signTime := e.claim.KeyTime.Raw
	list := []formText{
		{text: hash(plain)},
		{hash(f.Encoded), &wordsFormBase64, Values{}},
		{f.Encoded, &wordsFormBase64, Values{}},
		{hash(strings.TrimSpace(f.Encoded)), &wordsFormBase64, Values{}},
		{hash(base64.StdEncoding.EncodeToString(f.Policy)), &wordsFormBase64, Values{}},
		{signer.Algorithm + "\n" + signTime + "\n" + hash(f.Encoded) + "\n", &wordsFormBase64, Values{}},
		other(plain, Text{En: "the JSON text itself, without SHA-1", Zh: "直接对 JSON 原文签名，没有先算 SHA-1"}),
		other(signer.Algorithm+"\n"+signTime+"\n"+hash(plain)+"\n", Text{
			En: "its SHA-1 behind sha1 and the time, as in other requests",
			Zh: "像其他请求那样，在 SHA-1 前加了 sha1 和时间",
		}),
		other(hash(plain)+"\n", Text{En: "its SHA-1 with a line break behind it", Zh: "SHA-1 后面多了换行"}),
		other(strings.ToUpper(hash(plain)), Text{En: "its SHA-1 in upper-case hex", Zh: "SHA-1 用了大写十六进制"}),
		other(hash(plain+"\n"), Text{En: "the JSON text with a line break behind it", Zh: "JSON 原文后面多了换行"}),
		other(hash(strings.TrimSpace(plain)), Text{
			En: "the JSON text without the blanks around it",
			Zh: "JSON 原文去掉了首尾空白",
		}),
		other(hash("post\n/\n\n\n"), Text{
			En: "a request, POST /, in place of the policy",
			Zh: "签的是请求 POST /，不是 policy",
		}),
	}
	var tight, wide bytes.Buffer
	if json.Compact(&tight, f.Policy) == nil {
		list = append(list, other(hash(tight.String()), Text{
			En: "the JSON text written another way (without blanks)",
			Zh: "另一种写法的 JSON（没有空格）",
		}))
	}
	for _, indent := range [...]string{"  ", "    ", "\t"} {
		if wide.Reset(); json.Indent(&wide, f.Policy, "", indent) == nil {
			list = append(list, other(hash(wide.String()), Text{
				En: "the JSON text written another way (indented)",
				Zh: "另一种写法的 JSON（有缩进）",
			}))
		}
	}
	return list
}

// formKey is a SignKey that may have been used.
type formKey struct {
	sign    func(text string) string
	message *Message
	v       Values
}

// keys are the keys that a form's client may have signed with, the right
// one first.
func (e *formSearch) keys() []formKey {
	keyTime := e.claim.KeyTime.Raw
	with := func(secret, keyTime string, m *Message, v Values) formKey {
		key := signer.NewSigningKey(secret, keyTime)
		return formKey{key.Sign, m, v}
	}
	secret := e.key.SecretKey
	list := []formKey{with(secret, keyTime, nil, Values{})}
	for _, b := range blankSecrets(secret) {
		list = append(list, with(b.secret, keyTime, &wordsSecretBlank, Values{Detail: b.detail}))
	}
	list = append(list, with("", keyTime, &wordsSecretEmpty, Values{}))
	for _, k := range e.in.OtherKeys[:min(len(e.in.OtherKeys), maxOtherKeys)] {
		if k.SecretKey != "" {
			list = append(list, with(k.SecretKey, keyTime, &wordsSecretOther, Values{Signed: k.SecretID, Arrived: e.shownID()}))
		}
	}
	list = append(list, with(e.claim.SecretID, keyTime, &wordsSecretIsID, Values{}))
	for _, t := range append(scaled(e.claim.KeyTime), e.claim.SignTime.Raw) {
		list = append(list, with(secret, t, &wordsTimeUnitSigned, Values{Name: "q-key-time", Signed: t, Arrived: keyTime}))
	}
	return append(list,
		formKey{func(text string) string { return resign.BinarySign(secret, keyTime, text) }, &recipes()[resign.BinaryKey], Values{}},
		formKey{func(text string) string { return resign.SecretSign(secret, text) }, &recipes()[resign.SecretAsKey], Values{}},
	)
}

// run looks for what was signed, and with which key: each
// mistake alone, and every two.
func (e *formSearch) run(r *Report) {
	texts := e.texts()
	r.Arrived = &Form{StringToSign: texts[0].text}
	keys := e.keys()
	if !e.judged {
		return
	}
	for i := range texts {
		for j := range keys {
			r.Attempts++
			if keys[j].sign(texts[i].text) != e.claim.Signature {
				continue
			}
			if e.holds = i == 0 && j == 0; e.holds && len(e.repairs) == 0 {
				return
			}
			e.proven = true
			r.Signed = &Form{StringToSign: texts[i].text}
			if i > 0 {
				r.prove(texts[i].message, texts[i].v)
			}
			if j > 0 {
				r.prove(keys[j].message, keys[j].v)
			}
			return
		}
	}
}
