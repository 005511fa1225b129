package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
	"github.com/cosemu/cosemu/signer/internal/show"
)

var (
	wordsTokenMissing = Message{
		ID: TokenMissing,
		Sentence: Text{
			En: "{signed} is a temporary key, but the request has no token.",
			Zh: "{signed} 是临时密钥，请求却没有带它的 Token。",
		},
		Advice: Text{
			En: "Send the token as x-cos-security-token: as a header when the signature is in a header, as a query parameter when it is in the URL.",
			Zh: "请用 x-cos-security-token 带上 Token：签名在头部时作为头部，签名在 URL 里时作为参数。",
		},
	}
	wordsTokenListed = Message{
		ID: TokenMissing,
		Sentence: Text{
			En: "x-cos-security-token was signed, but did not arrive.",
			Zh: "x-cos-security-token 参与了签名，请求里却没有。",
		},
		Advice: wordsTokenMissing.Advice,
	}
	wordsTokenUnknown = Message{
		ID: TokenUnknown,
		Sentence: Text{
			En: "The token in the request does not belong to {signed}.",
			Zh: "请求带的 Token 不是 {signed} 的。",
		},
		Advice: Text{
			En: "SecretId, SecretKey and token belong together: take all three from the same answer of STS, and renew all three at once.",
			Zh: "SecretId、SecretKey 和 Token 是一套：三者要取自 STS 的同一次响应，也要一起更新。",
		},
	}
	wordsTokenWord = Message{
		ID: TokenUnknown,
		Sentence: Text{
			En: `The token in the request is the word "{arrived}": the variable that should hold it was not set.`,
			Zh: "请求带的 Token 是 “{arrived}” 这个词：本该存放 Token 的变量没有值。",
		},
		Advice: Text{
			En: "Send the token from the answer of STS that gave the key. A permanent key has none: leave x-cos-security-token out.",
			Zh: "请发送申请该临时密钥时 STS 返回的 Token。永久密钥没有 Token：请不要带 x-cos-security-token。",
		},
	}
	wordsTokenPermanent = Message{
		ID: TokenUnknown,
		Sentence: Text{
			En: "The request has a token, but {signed} is a permanent key, which has none.",
			Zh: "请求带了 Token，而 {signed} 是永久密钥，没有 Token。",
		},
		Advice: Text{
			En: "Leave x-cos-security-token out; or sign with the temporary key that came with the token, SecretId and SecretKey both.",
			Zh: "请不要带 x-cos-security-token；或者改用与该 Token 一起发放的临时密钥（SecretId 和 SecretKey）签名。",
		},
	}
	wordsTokenOfOther = Message{
		ID: TokenUnknown,
		Sentence: Text{
			En: "The token in the request belongs to {arrived}, not to {signed}.",
			Zh: "请求带的是 {arrived} 的 Token，不是 {signed} 的。",
		},
		Advice: wordsTokenUnknown.Advice,
	}
	wordsTokenEncoded = Message{
		ID: TokenUnknown,
		Sentence: Text{
			En: "The token arrived in another encoding than it was issued in: {detail}.",
			Zh: "实际收到的 Token 编码与发放时不同：{detail}。",
		},
		Advice: Text{
			En: "Percent-encode the token once in the URL ('+' is %2B, '/' is %2F, '=' is %3D); as a header it is sent as it is.",
			Zh: "Token 在 URL 里编码一次（“+” 是 %2B，“/” 是 %2F，“=” 是 %3D）；作为头部时原样发送。",
		},
	}
	wordsTokenExpired = Message{
		ID:       TokenExpired,
		Sentence: Text{En: "The temporary key {signed} expired{detail}.", Zh: "临时密钥 {signed} 已经过期{detail}。"},
		Advice: Text{
			En: "Get a new temporary key before you sign; a pre-signed URL is valid no longer than the key that signed it.",
			Zh: "签名前请重新获取临时密钥；预签名 URL 的有效期不会超过签它的密钥。",
		},
	}
	wordsTokenUnsigned = Message{
		ID: TokenNotSigned,
		Sentence: Text{
			En: "The lists say that x-cos-security-token was signed, but the signature was made without it.",
			Zh: "列表里有 x-cos-security-token，签名时却没有把它算进去。",
		},
		Advice: Text{
			En: "Put the token into HttpString, or take it off the list: it may travel unsigned.",
			Zh: "请把 Token 算进 HttpString，或者从列表里去掉：它可以不参与签名。",
		},
	}
	wordsTokenUnlisted = Message{
		ID: TokenNotSigned,
		Sentence: Text{
			En: "x-cos-security-token was signed, but the lists do not name it.",
			Zh: "签名时算进了 x-cos-security-token，列表里却没有它。",
		},
		Advice: Text{
			En: "Name x-cos-security-token on q-header-list or q-url-param-list, wherever it was signed.",
			Zh: "请把 x-cos-security-token 写进 q-header-list 或 q-url-param-list（签在哪里就写在哪里）。",
		},
	}
)

// token is a token that may have been signed in place of the one that arrived.
type token struct {
	value   string
	message *Message
	v       Values
}

// otherTokens are the tokens known, and the one that arrived in other spellings.
func (e *evidence) otherTokens() []token {
	var list []token
	id := e.claim.SecretID
	if t := e.claim.Token; t != "" {
		for _, alt := range []struct {
			value  string
			detail Text
		}{
			{signer.Decode(t), Text{En: "percent-encoded twice", Zh: "编码了两次"}},
			{strings.ReplaceAll(t, " ", "+"), Text{En: "its '+' became spaces", Zh: "其中的 “+” 变成了空格"}},
			{strings.ReplaceAll(t, "+", " "), Text{En: "its spaces became '+'", Zh: "其中的空格变成了 “+”"}},
		} {
			if alt.value != t {
				list = append(list, token{alt.value, &wordsTokenEncoded, Values{Signed: show.Hidden, Arrived: show.Hidden, Detail: alt.detail}})
			}
		}
	}
	if t := e.key.Token; t != "" && t != e.claim.Token {
		list = append(list, token{t, &wordsTokenUnknown, Values{Signed: id}})
	}
	return list
}

// tokenPlaces runs through the entries of the lists that hold the token.
func (s *search) tokenPlaces(visit func(d resign.Dim, list, at int, p signer.Pair)) {
	for _, d := range [...]resign.Dim{resign.Headers, resign.Params} {
		for list, l := range s.Lists(d) {
			for at, p := range l.Pairs {
				if p.Key == signer.TokenName {
					visit(d, list, at, p)
				}
			}
		}
	}
}

func attemptTokenMissing(s *search) {
	t := s.e.key.Token
	if t == "" || s.e.claim.Token != "" {
		return
	}
	for _, d := range [...]resign.Dim{resign.Headers, resign.Params} {
		listed := &s.e.headers
		if d == resign.Params {
			listed = &s.e.params
		}
		for list := range s.Lists(d) {
			if listed.misses(signer.TokenName) {
				s.proposeEdit(resign.Edit{Dim: d, List: list, At: -1, Pair: signer.NewPair(signer.TokenName, t)},
					&wordsTokenListed, Values{Name: signer.TokenName, Signed: show.Hidden}, true)
			}
		}
	}
}

func attemptTokenUnknown(s *search) {
	s.tokenPlaces(func(d resign.Dim, list, at int, p signer.Pair) {
		for _, t := range s.e.otherTokens() {
			s.proposeEdit(resign.Edit{Dim: d, List: list, At: at, Pair: signer.NewPair(signer.TokenName, t.value)}, t.message, t.v, true)
		}
		for _, k := range s.e.in.OtherKeys {
			if k.Token != "" && k.Token != p.Value {
				s.proposeEdit(resign.Edit{Dim: d, List: list, At: at, Pair: signer.NewPair(signer.TokenName, k.Token)},
					&wordsTokenUnknown, Values{Signed: s.e.claim.SecretID}, false)
			}
		}
	})
}

func attemptTokenNotSigned(s *search) {
	v := Values{Name: signer.TokenName}
	s.tokenPlaces(func(d resign.Dim, list, at int, _ signer.Pair) {
		s.proposeEdit(resign.Edit{Dim: d, List: list, At: at, Drop: true}, &wordsTokenUnsigned, v, true)
	})
	t := s.e.claim.Token
	if t == "" {
		return
	}
	v.Signed = show.Hidden
	for _, d := range [...]resign.Dim{resign.Headers, resign.Params} {
		names := s.e.claim.HeaderList
		if d == resign.Params {
			names = s.e.claim.ParamList
		}
		if contains(names, signer.TokenName) {
			continue
		}
		for list := range s.Lists(d) {
			s.proposeEdit(resign.Edit{Dim: d, List: list, At: -1, Pair: signer.NewPair(signer.TokenName, t)}, &wordsTokenUnlisted, v, true)
		}
	}
}

func observeTokenMissing(e *evidence) []Finding {
	var f Finding
	listed := e.claim != nil && !e.holds && e.claim.Token == "" &&
		(e.headers.misses(signer.TokenName) || e.params.misses(signer.TokenName))
	switch {
	case e.in.Facts.Key == KeyTokenMissing && e.claim != nil:
		f = wordsTokenMissing.Finding(Values{Signed: e.claim.SecretID})
		f.Signed = ""
	case listed:
		f = wordsTokenListed.Finding(Values{Name: signer.TokenName})
	default:
		return nil
	}
	f.rank, f.explains = rankKey, listed
	return []Finding{f}
}

func observeTokenUnknown(e *evidence) []Finding {
	if e.in.Facts.Key != KeyTokenUnknown || e.claim == nil {
		return nil
	}
	w, v := &wordsTokenUnknown, Values{Signed: e.claim.SecretID}
	switch {
	case emptyWord(e.claim.Token):
		w, v = &wordsTokenWord, Values{Arrived: e.claim.Token}
	case e.key.Token == "" && e.key.SecretKey != "":
		w = &wordsTokenPermanent
	}
	for _, t := range e.otherTokens() {
		if t.message == &wordsTokenEncoded && t.value == e.key.Token {
			w, v = t.message, t.v
			break
		}
	}
	for _, k := range e.in.OtherKeys {
		if k.Token != "" && k.Token == e.claim.Token && k.SecretID != e.claim.SecretID {
			w, v = &wordsTokenOfOther, Values{Signed: e.claim.SecretID, Arrived: k.SecretID}
		}
	}
	f := w.Finding(v)
	f.rank = rankKey
	f.explains = contains(e.claim.HeaderList, signer.TokenName) || contains(e.claim.ParamList, signer.TokenName)
	return []Finding{f}
}

// emptyWord tells what programs write in place of a value that is not there.
func emptyWord(s string) bool {
	switch s {
	case "undefined", "null", "None", "nil", "NULL", "NaN", "[object Object]", "(null)":
		return true
	}
	return false
}

func observeTokenExpired(e *evidence) []Finding {
	if e.in.Facts.Key != KeyTokenExpired || e.claim == nil {
		return nil
	}
	v := Values{Signed: e.claim.SecretID}
	if at := e.in.Facts.TokenExpired; !at.IsZero() {
		ago := span(e.in.Now.Sub(at))
		since := Text{En: " at {name}, {detail} ago", Zh: "：{name} 到期，已过 {detail}"}
		v.Detail = since.With(Values{Name: clock(at.Unix()), Detail: ago})
		v.Arrived = clock(e.in.Now.Unix())
	}
	f := wordsTokenExpired.Finding(v)
	if v.Detail.En != "" {
		f.Signed = clock(e.in.Facts.TokenExpired.Unix())
	} else {
		f.Signed = ""
	}
	f.rank = rankKey
	return []Finding{f}
}
