package diagnose

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
