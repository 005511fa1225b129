package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

// recipes say what each recipe is, in their order.
func recipes() []Message {
	return []Message{
		resign.Documents: {},
		resign.BareHTTP: {
			ID: SignatureFormat,
			Sentence: Text{
				En: "HttpString was signed without its last line break.",
				Zh: "签名时 HttpString 末尾少了换行。",
			},
			Advice: Text{
				En: `End HttpString with "\n" after the headers, also when there are none.`,
				Zh: `HttpString 在头部之后还有一个 “\n”，没有头部时也一样。`,
			},
		},
		resign.BareString: {
			ID: SignatureFormat,
			Sentence: Text{
				En: "StringToSign was signed without its last line break.",
				Zh: "签名时 StringToSign 末尾少了换行。",
			},
			Advice: Text{
				En: `End StringToSign with "\n" after the hash.`,
				Zh: `StringToSign 在哈希之后还有一个 “\n”。`,
			},
		},
		resign.BareBoth: {
			ID: SignatureFormat,
			Sentence: Text{
				En: "HttpString and StringToSign were signed without their last line breaks.",
				Zh: "签名时 HttpString 和 StringToSign 末尾都少了换行。",
			},
			Advice: Text{En: `Each of the two ends with "\n".`, Zh: `两者末尾都有一个 “\n”。`},
		},
		resign.BinaryKey: {
			ID: SignatureFormat,
			Sentence: Text{
				En: "SignKey was used as 20 bytes; it is used as its 40 hex digits.",
				Zh: "SignKey 用成了 20 个字节，应该用它的 40 位十六进制文本。",
			},
			Advice: Text{
				En: "Turn HMAC-SHA1(SecretKey, KeyTime) into lower-case hex before you sign with it.",
				Zh: "HMAC-SHA1(SecretKey, KeyTime) 要先转成小写十六进制再用来签名。",
			},
		},
		resign.SecretAsKey: {
			ID: SignatureFormat,
			Sentence: Text{
				En: "StringToSign was signed with the SecretKey itself.",
				Zh: "StringToSign 直接用 SecretKey 签了名。",
			},
			Advice: Text{
				En: "First make SignKey = hex HMAC-SHA1(SecretKey, q-key-time), then sign with that.",
				Zh: "请先算 SignKey = HMAC-SHA1(SecretKey, q-key-time) 的十六进制，再用它签名。",
			},
		},
	}
}

var (
	wordsFormatUpper = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: "The signature is in upper-case hex; it has to be in lower case.",
			Zh: "签名是大写十六进制，应该用小写。",
		},
		Advice: Text{En: "Write q-signature in lower-case hex.", Zh: "请把 q-signature 写成小写十六进制。"},
	}
	wordsFormatBlank = Message{
		ID:       SignatureFormat,
		Sentence: Text{En: "There are blanks or line breaks around the signature.", Zh: "签名首尾有空白或换行。"},
		Advice: Text{
			En: "Trim q-signature before you put it into the request.",
			Zh: "放进请求之前请去掉 q-signature 首尾的空白。",
		},
	}
	wordsFormatBase64 = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: "The signature is in base64; it has to be 40 hex digits.",
			Zh: "签名是 base64，应该是 40 位十六进制。",
		},
		Advice: Text{En: "Write the HMAC as lower-case hex.", Zh: "请把 HMAC 写成小写十六进制。"},
	}
	wordsFormatShape = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: `q-signature is not 40 hex digits, but {detail}: "{arrived}".`,
			Zh: `q-signature 不是 40 位十六进制，而是{detail}：“{arrived}”。`,
		},
		Advice: Text{
			En: "q-signature is the HMAC-SHA1 of StringToSign in lower-case hex; check whether it was cut off, or made with another hash.",
			Zh: "q-signature 是 StringToSign 的 HMAC-SHA1 的小写十六进制；请检查是否被截断，或用了别的哈希。",
		},
	}
	wordsFormatAlgorithm = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: `q-sign-algorithm is "{arrived}"; only "sha1" exists.`,
			Zh: `q-sign-algorithm 是 “{arrived}”，只能是 “sha1”。`,
		},
		Advice: Text{En: "Send q-sign-algorithm=sha1.", Zh: "请发送 q-sign-algorithm=sha1。"},
	}
	wordsFormatKeyTime = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: "StringToSign was made with q-key-time ({signed}); it needs q-sign-time ({arrived}).",
			Zh: "StringToSign 用的是 q-key-time（{signed}），应该用 q-sign-time（{arrived}）。",
		},
		Advice: Text{
			En: "Give q-sign-time and q-key-time the same times, in Go the sign and key times of cos.AuthTime, and change neither after signing.",
			Zh: "请让 q-sign-time 和 q-key-time 的时间相同（Go 中是 cos.AuthTime 的 Sign 和 Key 时间），签名之后两者都不要改。",
		},
	}
	wordsFormatCut = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: "The URL breaks off within its signature: {name} is missing.",
			Zh: "URL 在签名中间断了：缺少 {name}。",
		},
		Advice: Text{
			En: "Quote the URL in the shell (curl 'https://…'): without quotes it ends at the first '&'.",
			Zh: "在命令行里给 URL 加引号（curl 'https://…'）：不加引号时会在第一个 “&” 处断开。",
		},
	}
	wordsFormatScheme = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: "The Authorization header is not a COS signature: it lacks {name}.",
			Zh: "Authorization 头部不是 COS 的签名：缺少 {name}。",
		},
		Advice: Text{
			En: "Write it as q-sign-algorithm=sha1&q-ak=…&q-sign-time=…&q-key-time=…&q-header-list=…&q-url-param-list=…&q-signature=…",
			Zh: "请写成 q-sign-algorithm=sha1&q-ak=…&q-sign-time=…&q-key-time=…&q-header-list=…&q-url-param-list=…&q-signature=…",
		},
	}
	wordsFormatSign = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: "The value of sign= is not a signature that COS can read; it may be one of the old API (v4).",
			Zh: "sign= 里不是 COS 能读的签名，可能是旧版（v4）的。",
		},
		Advice: Text{
			En: "Use an SDK of the XML API (v5), or sign as the document 请求签名 says.",
			Zh: "请使用 XML API（v5）的 SDK，或按文档《请求签名》签名。",
		},
	}
)

// attemptRecipes tries mistakes in composing the texts, which only hand-written
// clients make. They are signature-format (choice 103).
func attemptRecipes(s *search) {
	for r := uint16(resign.BareHTTP); r <= resign.SecretAsKey; r++ {
		a := attempt{Said: said{message: &recipes()[r]}, Mask: resign.MaskOf(resign.Recipe)}
		a.At[resign.Recipe] = r
		s.Propose(a)
	}
	sign, key := s.e.claim.SignTime.Raw, s.e.claim.KeyTime.Raw
	s.proposeText(resign.Time, key, &wordsFormatKeyTime, Values{Signed: key, Arrived: sign}, true)
}

// attemptTimesEncoded tries the times with their semicolon percent-encoded.
func attemptTimesEncoded(s *search) {
	enc := func(t string) string { return strings.ReplaceAll(t, ";", "%3B") }
	sign, key := s.e.claim.SignTime.Raw, s.e.claim.KeyTime.Raw
	a := attempt{Said: said{&wordsTimesEncoded, Values{Name: "q-sign-time", Signed: enc(sign), Arrived: sign}}, Mask: resign.MaskOf(resign.Time, resign.Key)}
	a.At[resign.Time], a.At[resign.Key] = s.Text(resign.Time, enc(sign)), s.Key(s.e.key.SecretKey, enc(key))
	s.Propose(a)
	s.proposeText(resign.Time, enc(sign), &wordsTimesEncoded, a.Said.v, false)
	s.proposeIndex(resign.Key, a.At[resign.Key], &wordsTimesEncoded, Values{Name: "q-key-time", Signed: enc(key), Arrived: key}, false)
}

// normalized is a signature in lower-case hex, and what was wrong with it: nil
// when nothing was, or when there is no telling.
func normalized(sig string) (string, *Message) {
	t := strings.TrimSpace(sig)
	if b, err := hex.DecodeString(t); err == nil && len(t) == signer.SignatureLen {
		lower := hex.EncodeToString(b)
		switch {
		case lower == sig:
			return sig, nil
		case t != sig:
			return lower, &wordsFormatBlank
		default:
			return lower, &wordsFormatUpper
		}
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		b, err := enc.DecodeString(strings.ReplaceAll(t, " ", "+"))
		switch {
		case err != nil:
		case len(b) == 20:
			return hex.EncodeToString(b), &wordsFormatBase64
		case len(b) == signer.SignatureLen && len(t) != signer.SignatureLen: // base64 of the hex
			if lower, w := normalized(string(b)); w == nil {
				return lower, &wordsFormatBase64
			}
		}
	}
	return sig, nil
}

func observeSignatureFormat(e *evidence) []Finding {
	c := e.claim
	if c == nil {
		if !e.unsigned() {
			return nil
		}
		return e.observeNoClaim()
	}
	if len(c.Signature) == signer.SignatureLen && strings.Trim(c.Signature, "0123456789abcdef") == "" {
		return nil
	}
	f := wordsFormatShape.Finding(Values{Name: "q-signature", Arrived: c.Signature, Detail: shapeOf(c.Signature)})
	f.rank, f.explains = rankObserved, true
	return []Finding{f}
}

// shapeOf describes a text that should have been a signature.
func shapeOf(sig string) Text {
	n := len(sig)
	isHex := strings.Trim(sig, "0123456789abcdefABCDEF") == ""
	switch {
	case n == 0:
		return Text{En: "empty", Zh: "空的"}
	case isHex && n == 64:
		return Text{En: "the 64 of a SHA-256", Zh: "SHA-256 的 64 位"}
	case isHex && n == 32:
		return Text{En: "the 32 of an MD5", Zh: "MD5 的 32 位"}
	case isHex:
		return Text{En: "{name} hex digits", Zh: "{name} 位十六进制"}.With(Values{Name: strconv.Itoa(n)})
	}
	return Text{En: "{name} other characters", Zh: "{name} 个其他字符"}.With(Values{Name: strconv.Itoa(n)})
}

// observeNoClaim says why no identity can be read in a request that has part of
// a signature (choice 100).
func (e *evidence) observeNoClaim() []Finding {
	if e.anonymous() {
		return nil
	}
	w, v := &wordsFormatSign, Values{}
	_, authorized := e.req.Header["Authorization"]
	started := ""
	for _, name := range [...]string{"q-signature", "q-ak"} {
		if _, ok := e.req.Param(name); !ok {
			started = name
		}
	}
	switch _, signs := e.req.Param("sign"); {
	case authorized:
		w, v.Name = &wordsFormatScheme, "q-ak"
		if strings.Contains(e.req.Header.Get("Authorization"), "q-ak=") {
			v.Name = "q-signature"
		}
	case signs:
	default:
		w, v.Name = &wordsFormatCut, started
	}
	f := w.Finding(v)
	f.rank, f.explains = rankUnreadable, true
	return []Finding{f}
}

// unsigned reports whether the missing signature is the reason of the refusal, and no
// other row says so.
func (e *evidence) unsigned() bool {
	if e.in.Facts.CORS != nil || e.in.Facts.Code != "" && e.in.Facts.Code != "AccessDenied" {
		return false // anonymous, and refused for something else
	}
	if f := e.in.Form; f != nil && (f.Claimed || f.Problem != nil) {
		return false // it was not asked who sends the form, or that is not why
	}
	return observeOldAPI(e) == nil && observeKeyEmpty(e) == nil
}

// anonymous reports whether a request carries no part of a signature.
func (e *evidence) anonymous() bool {
	if _, ok := e.req.Header["Authorization"]; ok {
		return false
	}
	for _, name := range [...]string{"sign", "q-sign-algorithm", "q-ak"} {
		if _, ok := e.req.Param(name); ok {
			return false
		}
	}
	return true
}

var wordsUnsigned = Message{
	ID:       Unsigned,
	Sentence: Text{En: "The request carries no signature.", Zh: "请求没有带签名。"},
	Advice: Text{
		En: "Sign it: in the Authorization header, or as q-* parameters in the URL. Check whether a proxy or a redirect dropped them.",
		Zh: "请签名：放在 Authorization 头部，或作为 URL 里的 q-* 参数。检查是否被代理或重定向丢掉了。",
	},
}

var wordsUnsignedForm = Message{
	ID:       Unsigned,
	Sentence: Text{En: "The form carries no signature.", Zh: "表单没有带签名。"},
	Advice: Text{
		En: "Put the fields policy, q-sign-algorithm, q-ak, q-key-time and q-signature into the form, before the file (POST Object).",
		Zh: "请在表单里加上 policy、q-sign-algorithm、q-ak、q-key-time、q-signature 字段，放在文件之前（见 POST Object）。",
	},
}

func observeUnsigned(e *evidence) []Finding {
	if e.claim != nil || !e.anonymous() || !e.unsigned() {
		return nil
	}
	w := &wordsUnsigned
	if e.in.Form != nil {
		w = &wordsUnsignedForm
	}
	f := w.Finding(Values{})
	f.rank, f.explains = rankUnreadable, true
	return []Finding{f}
}
