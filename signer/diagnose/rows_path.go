package diagnose

import (
	"path"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/coshost"
	"github.com/cosemu/cosemu/signer/diagnose/internal/guess"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

var (
	wordsPathPlus = Message{
		ID: PathPlus,
		Sentence: Text{
			En: `A raw '+' in the path means a space: signed "{signed}", arrived as "{arrived}".`,
			Zh: `路径里未编码的 “+” 会被当成空格：签名时是 “{signed}”，实际收到的是 “{arrived}”。`,
		},
		Advice: Text{
			En: "In the URL write a plus of the key as %2B and a space as %20.",
			Zh: "对象键里的加号在 URL 中要写成 %2B，空格写成 %20。",
		},
	}
	wordsPathBlank = Message{
		ID: PathPlus,
		Sentence: Text{
			En: `The URL has %2B, which is a plus; a blank was signed: signed "{signed}", arrived as "{arrived}".`,
			Zh: `URL 里是 %2B，也就是加号，签名时却用了空格：签名时是 “{signed}”，实际收到的是 “{arrived}”。`,
		},
		Advice: Text{
			En: "The URL is right for a key with a plus. Sign the key as it is: do not decode it as a form, which makes a blank of a plus. If the key has a blank, write it %20 in the URL.",
			Zh: "对象键里确实是加号的话，URL 没有错。签名要用原始的对象键，不要按表单解码（会把加号变成空格）。如果键里是空格，URL 里写 %20。",
		},
	}
	wordsPathSpace = Message{
		ID: PathPlus,
		Sentence: Text{
			En: `A plus was signed where the URL has a blank: signed "{signed}", arrived as "{arrived}".`,
			Zh: `URL 里是空格，签名时却用了加号：签名时是 “{signed}”，实际收到的是 “{arrived}”。`,
		},
		Advice: Text{
			En: "Sign the key as it is, not encoded as a form. In the URL write a blank as %20 and a plus as %2B.",
			Zh: "签名用原始的对象键，不要按表单编码。在 URL 里空格写成 %20，加号写成 %2B。",
		},
	}
	wordsPathTwice = Message{
		ID: PathEncodedTwice,
		Sentence: Text{
			En: `The key is percent-encoded twice in the URL: signed "{signed}", arrived as "{arrived}".`,
			Zh: `URL 里的对象键被编码了两次：签名时是 “{signed}”，实际收到的是 “{arrived}”。`,
		},
		Advice: Text{
			En: "Encode the key once: hand the SDK or HTTP library the key as it is, not an encoded one.",
			Zh: "对象键只编码一次：交给 SDK 或 HTTP 库的应是原始的键，不要先编码。",
		},
	}
	wordsPathRaw = Message{
		ID: PathNotEncoded,
		Sentence: Text{
			En: `The path was signed with its escapes, "{signed}"; what is signed is the decoded path, "{arrived}".`,
			Zh: `签名用了带转义的路径 “{signed}”，应该用解码后的路径 “{arrived}”。`,
		},
		Advice: Text{
			En: "Sign the key as it is, and percent-encode it once in the URL; a '%' of the key itself is written %25.",
			Zh: "签名用原始的对象键，URL 里编码一次；键本身带的 “%” 要写成 %25。",
		},
	}
	wordsPathQuestion = Message{
		ID: PathNotEncoded,
		Sentence: Text{
			En: `The key contains a '?' that is not escaped in the URL, so it was cut there: signed "{signed}", arrived as "{arrived}".`,
			Zh: `对象键里的 “?” 在 URL 中没有编码，键在那里被截断：签名时是 “{signed}”，实际收到的是 “{arrived}”。`,
		},
		Advice: Text{
			En: "Percent-encode the key in the URL: '?' is %3F, '#' is %23, '%' is %25.",
			Zh: "请在 URL 里对对象键编码：“?” 是 %3F，“#” 是 %23，“%” 是 %25。",
		},
	}
	wordsPathSlash = Message{
		ID: PathSlash,
		Sentence: Text{
			En: `Signed for path "{signed}", arrived as "{arrived}": a slash was lost or added.`,
			Zh: `签名时的路径是 “{signed}”，实际收到的是 “{arrived}”：少了或多了斜杠。`,
		},
		Advice: Text{
			En: "The signed path is '/' followed by the key as it is. Keep URL libraries and proxies from cleaning it (curl: --path-as-is).",
			Zh: "签名的路径是 “/” 加原始的对象键。不要让 URL 库或代理整理路径（curl 用 --path-as-is）。",
		},
	}
	wordsPathOnlySlash = Message{
		ID: PathSlash,
		Sentence: Text{
			En: `Only "/" was signed as the path, the request is for "{arrived}".`,
			Zh: `签名的路径只有 “/”，请求的却是 “{arrived}”。`,
		},
		Advice: Text{
			En: "Hand the key to the signing function: the path is part of the signature.",
			Zh: "请把对象键交给签名函数：路径也在签名里。",
		},
	}
	wordsPathOther = Message{
		ID: PathSlash,
		Sentence: Text{
			En: `Signed for another object: "{signed}", arrived as "{arrived}".`,
			Zh: `签名针对的是另一个对象 “{signed}”，请求的却是 “{arrived}”。`,
		},
		Advice: Text{
			En: "A signature holds for one object. Sign for {arrived}, folders included, or send the request to {signed}.",
			Zh: "一个签名只对一个对象有效。请按 {arrived}（包括前面的目录）签名，或把请求发到 {signed}。",
		},
	}
	wordsPathBucket = Message{
		ID: PathBucket,
		Sentence: Text{
			En: `Signed for path "{signed}", arrived as "{arrived}": the signed path contains the bucket only if the URL's path does.`,
			Zh: `签名时的路径是 “{signed}”，实际收到的是 “{arrived}”：只有 URL 的路径里有存储桶时，签名的路径里才有。`,
		},
		Advice: Text{
			En: "With <bucket>.cos.<region>.myqcloud.com sign /key; with path-style addresses (cos.<region>.myqcloud.com/<bucket>/key) sign /<bucket>/key.",
			Zh: "域名是 <bucket>.cos.<region>.myqcloud.com 时签 /key；path-style 域名（cos.<region>.myqcloud.com/<bucket>/key）签 /<bucket>/key。",
		},
	}
	wordsPathNoBucket = Message{
		ID: PathBucket,
		Sentence: Text{
			En: `Signed for path "{signed}", arrived as "{arrived}": the signed path does not name the bucket, and this address does not stand for it.`,
			Zh: `签名时的路径是 “{signed}”，实际收到的是 “{arrived}”：签名的路径里没有这个存储桶，这个地址也不代表它。`,
		},
		Advice: Text{
			En: "Sign the path as it is sent, {arrived}; or start cosemu with --aliases {name}, and this address stands for the bucket.",
			Zh: "按发送的路径 {arrived} 签名；或者用 --aliases {name} 启动 cosemu，让这个地址代表该存储桶。",
		},
	}
)

// plainPath is the path as the plain reading signs it.
func (s *search) plainPath() string { return s.Plain(resign.Path) }

func (s *search) proposePath(signed string, w *Message, likely bool) {
	s.proposeText(resign.Path, signed, w, Values{Signed: signed, Arrived: s.plainPath()}, likely)
}

func attemptPathPlus(s *search) {
	raw, plain := s.e.req.Path, s.plainPath()
	s.proposePath(signer.Decode(raw), &wordsPathPlus, true)
	if strings.Contains(strings.ToUpper(raw), "%2B") {
		s.proposePath(strings.ReplaceAll(signer.Decode(raw), "+", " "), &wordsPathBlank, true)
	}
	w := &wordsPathSpace
	if strings.Contains(raw, "+") {
		w = &wordsPathPlus
	}
	s.proposePath(strings.ReplaceAll(plain, " ", "+"), w, true)
}

func attemptPathTwice(s *search) {
	plain := s.plainPath()
	once := signer.Decode(plain)
	s.proposePath(once, &wordsPathTwice, true)
	s.proposePath(signer.DecodeForm(plain), &wordsPathTwice, false)
	s.proposePath(signer.Decode(signer.Decode(s.e.req.Path)), &wordsPathTwice, false)
	s.proposePath(signer.Decode(once), &wordsPathTwice, false)
}

// attemptPathRaw asks whether the path was signed as it stands in the URL. That
// the key was encoded too little in the URL, or once too often for signing,
// makes the same text; it is one id (choice 101).
func attemptPathRaw(s *search) {
	raw, plain := s.e.req.Path, s.plainPath()
	s.proposePath(raw, &wordsPathRaw, true)
	if q := s.e.req.Query; q != "" && s.e.claim.Carrier == signer.CarrierHeader {
		s.proposePath(signer.Decode(raw+"?"+q), &wordsPathQuestion, true)
	}
	escaped := signer.EncodePath(plain)
	s.proposePath(escaped, &wordsPathRaw, true)
	s.proposePath(guess.MapEscapes(escaped, strings.ToLower), &wordsPathRaw, false)
	if rest, ok := strings.CutPrefix(plain, "/"); ok {
		s.proposePath("/"+signer.Encode(rest), &wordsPathRaw, true)
		s.proposePath("/"+guess.EncodeComponent(rest), &wordsPathRaw, false)
	}
	s.proposePath(signer.Encode(plain), &wordsPathRaw, false)
	s.proposePath(signer.EncodePath(signer.Decode(raw)), &wordsPathRaw, false)
}

// maxSlashes is how many slashes of a path are doubled one by one.
const maxSlashes = 8

func attemptPathSlash(s *search) {
	plain := s.plainPath()
	trimmed := strings.TrimLeft(plain, "/")
	s.proposePath(trimmed, &wordsPathSlash, true)
	s.proposePath("/"+trimmed, &wordsPathSlash, true)
	s.proposePath("/"+plain, &wordsPathSlash, true)
	s.proposePath(strings.TrimPrefix(plain, "/"), &wordsPathSlash, false)
	s.proposePath(strings.TrimSuffix(plain, "/"), &wordsPathSlash, true)
	s.proposePath(plain+"/", &wordsPathSlash, true)
	s.proposePath(collapse(plain), &wordsPathSlash, true)
	s.proposePath(path.Clean(plain), &wordsPathSlash, false)
	if strings.HasSuffix(plain, "/") {
		s.proposePath(path.Clean(plain)+"/", &wordsPathSlash, false)
	}
	for i, n := 1, 0; i < len(plain) && n < maxSlashes; i++ {
		if plain[i] == '/' {
			s.proposePath(plain[:i]+plain[i:i+1]+plain[i:], &wordsPathSlash, false)
			n++
		}
	}
	if !s.onlyBucket(plain) {
		s.proposePath("/", &wordsPathOnlySlash, true) // choice 104
	}
	s.proposePath("", &wordsPathSlash, false)
}

// onlyBucket reports whether the path names a bucket and no key. What signed
// "/" for it left the bucket out, and no key (choice 413).
func (s *search) onlyBucket(plain string) bool {
	prefix := signer.DecodeForm(s.e.in.Verify.PathPrefix)
	return prefix != "" && strings.TrimSuffix(plain, "/") == prefix
}

// maxKeys is how many keys of other objects are tried.
const maxKeys = 64

// attemptOtherKeys tries the keys of other objects that the server knows, and the
// key without its folders (choice 104).
func (s *search) attemptOtherKeys(plain string) {
	for i, n := 1, 0; i < len(plain) && n < maxSlashes; i++ {
		if plain[i] == '/' && i+1 < len(plain) {
			s.proposePath(plain[i:], &wordsPathOther, true)
			n++
		}
	}
	prefix := signer.DecodeForm(s.e.in.Verify.PathPrefix)
	for i, key := range s.e.in.Facts.Keys[:min(len(s.e.in.Facts.Keys), maxKeys)] {
		s.proposePath(prefix+"/"+key, &wordsPathOther, i < 4)
		if i < 8 && prefix != "" {
			s.proposePath("/"+key, &wordsPathOther, false)
		}
	}
}

// collapse makes one slash of several in a row.
func collapse(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	return p
}

func attemptPathBucket(s *search) {
	plain := s.plainPath()
	s.attemptBucket(plain)
	s.attemptOtherKeys(plain)
}

func (s *search) attemptBucket(plain string) {
	b := s.e.bucket()
	if b == "" {
		return
	}
	names := []string{b}
	if short := b[:strings.LastIndexByte(b, '-')+1]; coshost.HasAppID(b) {
		names = append(names, strings.TrimSuffix(short, "-"))
	}
	for i, name := range names {
		if rest, ok := strings.CutPrefix(plain, "/"+name); ok && (rest == "" || rest[0] == '/') {
			if rest == "" {
				rest = "/"
			}
			s.proposeBare(rest, i == 0)
			if i == 0 && s.e.in.Verify.PathPrefix != "" {
				s.proposePath("/"+names[len(names)-1]+rest, &wordsPathBucket, true)
			}
		}
		s.proposePath("/"+name+plain, &wordsPathBucket, i == 0)
	}
}

// proposeBare proposes the path without its bucket.
func (s *search) proposeBare(rest string, likely bool) {
	alias := s.e.in.Facts.Alias
	if alias == "" || s.e.in.Verify.PathPrefix == "" {
		s.proposePath(rest, &wordsPathBucket, likely)
		return
	}
	v := Values{Signed: rest, Arrived: s.plainPath(), Name: alias}
	s.proposeText(resign.Path, rest, &wordsPathNoBucket, v, likely)
}
