package diagnose

import (
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/internal/show"
)

var (
	wordsSecretBlank = Message{
		ID: SecretWhitespace,
		Sentence: Text{
			En: "Signed with the right SecretKey, but with {detail}.",
			Zh: "签名用的 SecretKey 是对的，但{detail}。",
		},
		Advice: Text{
			En: "Trim the SecretKey when you read it from a file, an environment variable or a form.",
			Zh: "从文件、环境变量或表单读取 SecretKey 之后，请去掉首尾的空白。",
		},
	}
	wordsSecretEmpty = Message{
		ID:       SecretWhitespace,
		Sentence: Text{En: "Signed with an empty SecretKey.", Zh: "签名用的 SecretKey 是空的。"},
		Advice: Text{
			En: "Check where the program reads its SecretKey from: the variable or setting is not there.",
			Zh: "请检查程序从哪里读取 SecretKey：对应的变量或配置不存在。",
		},
	}
	wordsSecretOther = Message{
		ID: SecretOther,
		Sentence: Text{
			En: "Signed with the SecretKey of {signed}, sent with the SecretId {arrived}.",
			Zh: "签名用的是 {signed} 的 SecretKey，请求里的 SecretId 却是 {arrived}。",
		},
		Advice: Text{
			En: "SecretId and SecretKey are a pair: take both from the same key.",
			Zh: "SecretId 和 SecretKey 是一对，要用同一个密钥的。",
		},
	}
	wordsSecretIsID = Message{
		ID: SecretOther,
		Sentence: Text{
			En: "Signed with the SecretId in place of the SecretKey.",
			Zh: "签名时把 SecretId 当成了 SecretKey。",
		},
		Advice: wordsSecretOther.Advice,
	}
	wordsKeyUnknown = Message{
		ID:       KeyUnknown,
		Sentence: Text{En: "The SecretId {arrived} does not exist here.", Zh: "这里没有 SecretId {arrived}。"},
		Advice: Text{
			En: "Use a key that exists here, or add this one (setting credentials). A temporary key is lost at a reset, and, without a data folder, at a restart.",
			Zh: "请换用已有的密钥，或者把它加进来（配置项 credentials）。临时密钥在重置后失效；没有数据目录时，重启后也失效。",
		},
	}
	wordsKeyNear = Message{
		ID: KeyUnknown,
		Sentence: Text{
			En: "The SecretId {arrived} does not exist here; {signed} differs from it by {detail}.",
			Zh: "这里没有 SecretId {arrived}；{signed} 与它只差{detail}。",
		},
		Advice: Text{En: "Use the SecretId {signed}.", Zh: "请使用 SecretId {signed}。"},
	}
)

// maxOtherKeys bounds the pairs that are tried.
const maxOtherKeys = 128

func attemptSecretBlank(s *search) {
	secret := s.e.key.SecretKey
	if secret == "" {
		return
	}
	for _, alt := range blankSecrets(secret) {
		s.proposeKey(alt.secret, &wordsSecretBlank, Values{Detail: alt.detail}, alt.likely)
	}
	s.proposeKey("", &wordsSecretEmpty, Values{}, true) // choice 108
}

// blankSecret is a secret with something around it that does not belong to it.
type blankSecret struct {
	secret string
	detail Text
	likely bool
}

func blankSecrets(secret string) []blankSecret {
	return []blankSecret{
		{secret + "\n", Text{En: "a line break at its end", Zh: "末尾多了换行"}, true},
		{secret + " ", Text{En: "a blank at its end", Zh: "末尾多了空格"}, true},
		{" " + secret, Text{En: "a blank before it", Zh: "开头多了空格"}, true},
		{secret + "\r\n", Text{En: "a line break (CR LF) at its end", Zh: "末尾多了换行（CR LF）"}, false},
		{secret + "\r", Text{En: "a carriage return at its end", Zh: "末尾多了回车"}, false},
		{secret + "\t", Text{En: "a tab at its end", Zh: "末尾多了制表符"}, false},
		{"\t" + secret, Text{En: "a tab before it", Zh: "开头多了制表符"}, false},
		{"\n" + secret, Text{En: "a line break before it", Zh: "开头多了换行"}, false},
		{" " + secret + " ", Text{En: "a blank before it and at its end", Zh: "首尾多了空格"}, false},
		{"\ufeff" + secret, Text{En: "a byte order mark before it", Zh: "开头多了 BOM"}, false},
		{"\u200b" + secret, Text{En: "an invisible character before it", Zh: "开头多了不可见字符"}, false},
		{secret + "\u200b", Text{En: "an invisible character at its end", Zh: "末尾多了不可见字符"}, false},
		{secret + "\u00a0", Text{En: "a no-break space at its end", Zh: "末尾多了不换行空格"}, false},
		{`"` + secret + `"`, Text{En: "quotation marks around it", Zh: "两边多了引号"}, false},
		{"'" + secret + "'", Text{En: "quotation marks around it", Zh: "两边多了引号"}, false},
		{strings.TrimSpace(secret), Text{En: "its own blanks trimmed", Zh: "自带的首尾空白被去掉了"}, true},
	}
}

// shownID is the claim's SecretID, unless it is a secret in the wrong place.
func (e *evidence) shownID() string {
	id := e.claim.SecretID
	if id == e.in.Key.SecretKey || slices.ContainsFunc(e.in.OtherKeys, func(k signer.Credentials) bool { return k.SecretKey == id }) {
		return show.Hidden
	}
	return id
}

func attemptSecretOther(s *search) {
	id := s.e.claim.SecretID
	for i, k := range s.e.in.OtherKeys[:min(len(s.e.in.OtherKeys), maxOtherKeys)] {
		if k.SecretKey != "" {
			s.proposeKey(k.SecretKey, &wordsSecretOther, Values{Signed: k.SecretID, Arrived: s.e.shownID()}, i < 2)
		}
	}
	s.proposeKey(id, &wordsSecretIsID, Values{}, false)
}

func observeKeyUnknown(e *evidence) []Finding {
	if e.in.Facts.Key != KeyNotFound || e.claim == nil {
		return nil
	}
	id := e.claim.SecretID
	if id == "" || hasStray(id) || len(observeKeyFormat(e)) > 0 {
		return nil // that is key-empty, key-whitespace or key-format
	}
	f := wordsKeyUnknown.Finding(Values{Arrived: e.shownID()})
	for _, k := range e.in.OtherKeys {
		if detail, near := nearID(id, k.SecretID); near {
			f = wordsKeyNear.Finding(Values{Signed: k.SecretID, Arrived: id, Detail: detail})
			break
		}
	}
	f.rank = rankKey
	return []Finding{f}
}

// nearID says how an unknown id resembles a known one.
func nearID(id, known string) (Text, bool) {
	switch {
	case strings.TrimSpace(id) == known || strings.Trim(id, `"' `) == known:
		return Text{En: "blanks or quotation marks", Zh: "空白或引号"}, true
	case strings.EqualFold(id, known):
		return Text{En: "upper and lower case", Zh: "大小写"}, true
	case len(known) > 8 && len(id) > 8 && (strings.HasPrefix(known, id) || strings.HasPrefix(id, known)):
		return Text{En: "its end", Zh: "结尾"}, true
	case len(known) > 8 && len(id) == len(known) && oneApart(id, known):
		return Text{En: "one character", Zh: "一个字符"}, true
	}
	return Text{}, false
}

func oneApart(a, b string) bool {
	n := 0
	for i := range len(a) {
		if a[i] != b[i] {
			n++
		}
	}
	return n == 1
}

// keyOf finds the pair of a SecretID among those known. A secret given without
// its id is taken to be the right one.
func (in *Input) keyOf(id string) signer.Credentials {
	if in.Key.SecretID == id || in.Key.SecretID == "" && in.Key.SecretKey != "" {
		return in.Key
	}
	if i := slices.IndexFunc(in.OtherKeys, func(k signer.Credentials) bool { return k.SecretID == id }); i >= 0 {
		return in.OtherKeys[i]
	}
	return signer.Credentials{}
}
