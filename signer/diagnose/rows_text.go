package diagnose

import (
	"golang.org/x/text/unicode/norm"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/guess"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

var (
	wordsTextEncoding = Message{
		ID: TextEncoding,
		Sentence: Text{
			En: "The text was not hashed as UTF-8: {detail}.",
			Zh: "计算签名时文本没有用 UTF-8 编码：{detail}。",
		},
		Advice: Text{
			En: "Turn HttpString into UTF-8 bytes before SHA-1 (utf8.encode(s), s.getBytes(UTF_8), Encoding.UTF8.GetBytes(s)), and percent-encode UTF-8 in the URL.",
			Zh: "计算 SHA-1 之前把 HttpString 转成 UTF-8 字节（utf8.encode(s)、s.getBytes(UTF_8)、Encoding.UTF8.GetBytes(s)），URL 里也按 UTF-8 编码。",
		},
	}
	wordsTextForm = Message{
		ID: TextEncoding,
		Sentence: Text{
			En: "The key was signed in another Unicode form than it was sent in: {detail}.",
			Zh: "签名时对象键的 Unicode 形式与发送时不同：{detail}。",
		},
		Advice: Text{
			En: "Use one form of the name for signing and for sending (NFC; file names of macOS may come as NFD). The UTF-8 bytes of both must be the same.",
			Zh: "签名和发送用同一种形式（建议 NFC；macOS 的文件名可能是 NFD），两处的 UTF-8 字节必须一致。",
		},
	}
)

// encoding is a way in which a program may have turned text into bytes.
type encoding struct {
	means   Text
	message *Message
	encode  func(string) string
}

// encodings leave ASCII as it is: they matter to other text alone (choice 475).
func encodings() []encoding {
	return []encoding{
		{Text{
			En: "of each UTF-16 code unit only the low byte was hashed (charCodeAt, codeUnits)",
			Zh: "每个 UTF-16 码元只取了低字节（charCodeAt、codeUnits）",
		}, &wordsTextEncoding, guess.LowBytes},
		{Text{En: "it was hashed as GBK", Zh: "用了 GBK"}, &wordsTextEncoding, guess.GBK},
		{Text{
			En: "what is not ASCII became '?'",
			Zh: "非 ASCII 字符变成了 “?”",
		}, &wordsTextEncoding, guess.Questions(false, 0x7f)},
		{Text{
			En: "what is not in Latin-1 became '?'",
			Zh: "用了 Latin-1，其他字符变成了 “?”",
		}, &wordsTextEncoding, guess.Questions(false, 0xff)},
		{Text{
			En: "each code unit that is not ASCII became '?'",
			Zh: "每个非 ASCII 码元变成了 “?”",
		}, &wordsTextEncoding, guess.Questions(true, 0x7f)},
		{Text{
			En: "its UTF-8 bytes were taken for Latin-1 and encoded again",
			Zh: "UTF-8 字节被当成 Latin-1 又编码了一次",
		}, &wordsTextEncoding, guess.Latin1},
		{Text{En: "NFC was signed", Zh: "签名用了 NFC"}, &wordsTextForm, norm.NFC.String},
		{Text{En: "NFD was signed", Zh: "签名用了 NFD"}, &wordsTextForm, norm.NFD.String},
	}
}

// attemptTextEncoding tries other text encodings of the path, the values, or both.
func attemptTextEncoding(s *search) {
	s.attemptWide()
	plain := s.plainPath()
	params, headers := s.Lists(resign.Params)[0].Pairs, s.Lists(resign.Headers)[0].Pairs
	if guess.IsASCII(plain) && allASCII(params) && allASCII(headers) {
		return
	}
	for _, enc := range encodings() {
		if s.Spent() {
			return
		}
		v := Values{Detail: enc.means}
		path := enc.encode(plain)
		if path != plain {
			s.proposeText(resign.Path, path, enc.message, v, true)
		}
		st := resign.Style{Value: func(s string) string { return signer.Encode(enc.encode(s)) }}
		if allASCII(params) && allASCII(headers) {
			continue
		}
		for _, withPath := range [...]bool{false, true} {
			a := attempt{Said: said{enc.message, v}, Mask: resign.MaskOf(resign.Params, resign.Headers)}
			a.At[resign.Params], a.At[resign.Headers] = s.Rendered(resign.Params, params, st), s.Rendered(resign.Headers, headers, st)
			if withPath {
				a.Mask |= resign.MaskOf(resign.Path)
				a.At[resign.Path] = s.Text(resign.Path, path)
			}
			s.Propose(a)
		}
	}
}

func allASCII(pairs []signer.Pair) bool {
	for _, p := range pairs {
		if !guess.IsASCII(p.Value) {
			return false
		}
	}
	return true
}

// attemptWide tries HttpString in UTF-16.
func (s *search) attemptWide() {
	for _, r := range [...]struct {
		recipe uint16
		means  Text
	}{
		{resign.UTF16LE, Text{
			En: "HttpString was hashed as UTF-16 (little endian)",
			Zh: "HttpString 用了 UTF-16（小端）",
		}},
		{resign.UTF16BE, Text{
			En: "HttpString was hashed as UTF-16 (big endian)",
			Zh: "HttpString 用了 UTF-16（大端）",
		}},
	} {
		a := attempt{Said: said{&wordsTextEncoding, Values{Detail: r.means}}, Mask: resign.MaskOf(resign.Recipe)}
		a.At[resign.Recipe] = r.recipe
		s.Propose(a)
	}
}
