package diagnose

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/internal/show"
)

var (
	wordsKeySwapped = Message{
		ID: KeySwapped,
		Sentence: Text{
			En: "SecretId and SecretKey are swapped: q-ak is the SecretKey of {signed}.",
			Zh: "SecretId 和 SecretKey 填反了：q-ak 是 {signed} 的 SecretKey。",
		},
		Advice: Text{
			En: "Swap the two values. The SecretKey went over the network as q-ak: replace it if it is a real one.",
			Zh: "请把两个值对调。SecretKey 已作为 q-ak 发送出去；如果是真实密钥，请更换。",
		},
	}
	wordsKeyBlank = Message{
		ID: KeyWhitespace,
		Sentence: Text{
			En: `The SecretId "{arrived}" is {signed} with {detail}.`,
			Zh: `SecretId “{arrived}” 就是 {signed}，但{detail}。`,
		},
		Advice: Text{En: "Trim the SecretId where the program reads it.", Zh: "程序读取 SecretId 之后，请去掉多余的字符。"},
	}
	wordsKeyBlankUnknown = Message{
		ID: KeyWhitespace,
		Sentence: Text{
			En: `There is {detail} in the SecretId "{arrived}".`,
			Zh: `SecretId “{arrived}” 里{detail}。`,
		},
		Advice: Text{
			En: "A SecretId has letters and digits alone: trim it where the program reads it.",
			Zh: "SecretId 只有字母和数字：程序读取之后，请去掉多余的字符。",
		},
	}
	wordsKeyFormat = Message{
		ID: KeyFormat,
		Sentence: Text{
			En: `"{arrived}" is not a SecretId: a SecretId begins with AKID and has letters and digits only.`,
			Zh: `“{arrived}” 不是 SecretId：SecretId 以 AKID 开头，由字母和数字组成。`,
		},
		Advice: Text{
			En: "Set the SecretId that belongs to the SecretKey (for local tests one of the setting credentials).",
			Zh: "请填写与 SecretKey 配对的 SecretId（本地测试用配置项 credentials 里的）。",
		},
	}
	wordsKeyPlaceholder = Message{
		ID: KeyFormat,
		Sentence: Text{
			En: `"{arrived}" is not a SecretId but a placeholder.`,
			Zh: `“{arrived}” 不是 SecretId，而是占位符。`,
		},
		Advice: Text{
			En: "Put the real SecretId in its place, or check why the variable was not filled in.",
			Zh: "请换成真正的 SecretId，或检查变量为什么没有被替换。",
		},
	}
	wordsKeyEmpty = Message{
		ID: KeyEmpty,
		Sentence: Text{
			En: "q-ak is empty: the request was signed without a SecretId.",
			Zh: "q-ak 是空的：签名时没有 SecretId。",
		},
		Advice: Text{
			En: "Check where the program reads its SecretId from: the variable or setting is not there.",
			Zh: "请检查程序从哪里读取 SecretId：对应的变量或配置不存在。",
		},
	}
)

// repairKey looks for a SecretId that is not the one that was meant: the
// SecretKey in its place, or one with stray blanks. What signed it is then
// known, and the signature can be judged.
func (e *repairer) repairKey() {
	if e.in.Facts.Key != KeyNotFound {
		return
	}
	id := e.claim.SecretID
	clean := trimmedID(id)
	for _, k := range e.pairs() {
		switch {
		case k.SecretKey != "" && trimmedID(k.SecretKey) == clean:
			e.key = signer.Credentials{SecretID: show.Hidden, SecretKey: k.SecretID, Token: k.Token}
			e.repaired(&wordsKeySwapped, Values{Signed: k.SecretID, Arrived: show.Hidden}, rankUnreadable)
			return
		case k.SecretID != "" && k.SecretID == clean && id != clean:
			e.key = k
			e.repaired(&wordsKeyBlank, Values{Signed: k.SecretID, Arrived: id, Detail: strayIn(id)}, rankUnreadable)
			return
		}
	}
	if hasStray(id) {
		f := wordsKeyBlankUnknown.Finding(Values{Arrived: id, Detail: strayIn(id)})
		f.rank = rankUnreadable
		e.seen = append(e.seen, f)
	}
}

// pairs are all known pairs, within bounds.
func (e *evidence) pairs() []signer.Credentials {
	others := e.in.OtherKeys[:min(len(e.in.OtherKeys), maxOtherKeys)]
	if e.in.Key.SecretID == "" {
		return others
	}
	return append([]signer.Credentials{e.in.Key}, others...)
}

// trimmedID leaves out what no SecretId has: blanks, quotes, invisible
// characters.
func trimmedID(id string) string {
	return strings.Map(func(r rune) rune {
		if stray(r) {
			return -1
		}
		return r
	}, id)
}

func stray(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '"' || r == '\''
}

func hasStray(id string) bool { return strings.IndexFunc(id, stray) >= 0 }

// strayIn names the first stray character of an id.
func strayIn(id string) Text {
	i := strings.IndexFunc(id, stray)
	if i < 0 {
		return Text{}
	}
	switch r, _ := utf8.DecodeRuneInString(id[i:]); {
	case r == '\n' || r == '\r':
		return Text{En: "a line break", Zh: "多了换行"}
	case r == '"' || r == '\'':
		return Text{En: "a quotation mark", Zh: "多了引号"}
	case r == '\t':
		return Text{En: "a tab", Zh: "多了制表符"}
	case unicode.IsSpace(r):
		return Text{En: "a blank", Zh: "多了空格"}
	}
	return Text{En: "an invisible character", Zh: "多了不可见字符"}
}

func observeKeyFormat(e *evidence) []Finding {
	if e.in.Facts.Key != KeyNotFound || e.claim == nil || e.repairedAs(KeySwapped) {
		return nil
	}
	id := e.claim.SecretID
	switch {
	case placeholder(id):
		return ranked(wordsKeyPlaceholder.Finding(Values{Arrived: id}), rankKeyForm)
	case id == "" || hasStray(id) || validID(id) || e.knowsLike(id):
		return nil
	}
	return ranked(wordsKeyFormat.Finding(Values{Arrived: e.shownID()}), rankKeyForm)
}

// knowsLike reports whether a known id is so near that its own form is the
// point: with other letters, or cut.
func (e *evidence) knowsLike(id string) bool {
	return slices.ContainsFunc(e.pairs(), func(k signer.Credentials) bool {
		_, near := nearID(id, k.SecretID)
		return near
	})
}

// validID reports whether a text has the form of a SecretId (choice 473). Real
// ones have 36 characters, those of temporary keys more.
func validID(id string) bool {
	if len(id) < len("AKID")+1 || !strings.HasPrefix(id, "AKID") && !strings.HasPrefix(id, "IKID") {
		return false
	}
	for _, c := range []byte(id[4:]) {
		if !isWordByte(c) && c != '-' {
			return false
		}
	}
	return true
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'
}

// placeholder reports whether a text stands for a value that nobody filled in:
// {SecretId}, ${SECRET_ID}, <your id>, %SECRET_ID%, undefined.
func placeholder(s string) bool {
	s = trimmedID(s)
	switch strings.ToLower(s) {
	case "undefined", "null", "none", "nil", "nan", "[objectobject]":
		return true
	}
	if templateIn(s) != "" {
		return true
	}
	low := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s))
	s = strings.TrimPrefix(s, "AKID")
	return strings.HasPrefix(low, "your") || strings.HasPrefix(low, "secretid") || strings.HasPrefix(low, "xxx") ||
		len(s) > 0 && strings.Trim(low, "x*.") == ""
}

// observeKeyEmpty sees a signature without a SecretId (choice 472).
func observeKeyEmpty(e *evidence) []Finding {
	if e.claim != nil && e.claim.SecretID != "" {
		return nil
	}
	empty := e.claim != nil // of a form
	if p, ok := e.req.Param("q-ak"); ok {
		empty = p.Value == ""
	}
	texts := append([]string(nil), e.req.Header["Authorization"]...)
	if p, ok := e.req.Param("sign"); ok {
		texts = append(texts, p.DecodedValue())
	}
	for _, t := range texts {
		for piece := range strings.SplitSeq(t, "&") {
			name, value, _ := strings.Cut(piece, "=")
			empty = empty || strings.HasSuffix(strings.TrimSpace(name), "q-ak") && strings.TrimSpace(value) == ""
		}
	}
	if e.in.Form != nil && e.in.Form.KeyEmpty {
		empty = true
	}
	if !empty {
		return nil
	}
	f := wordsKeyEmpty.Finding(Values{Name: "q-ak"})
	f.rank, f.explains = rankUnreadable, true
	return []Finding{f}
}
