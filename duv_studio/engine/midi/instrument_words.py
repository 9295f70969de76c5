"""What instruments are called: in the languages of the world, in short, and in the habits of sequencers.

A word stands for itself; `word*` begins a longer one, `*word` ends one, `*word*` stands anywhere; `_` is a space or
none. Words of scripts without spaces (Chinese, Japanese, Korean, Thai) stand anywhere. Accents and capitals do not
count.
"""

from __future__ import annotations

from duv_studio.engine.midi.song import Family

# Regular expressions on the plain form of a name, for what words alone do not tell; tried before all words.
COMPOUNDS: tuple[tuple[Family, str], ...] = (
    (Family.PIANO, r"\b(bass|treble) (clef|staff|stave)\b"),
    (Family.STRINGS, r"\bbass (strings|str)\b"),
    (Family.OTHER, r"\bperc(ussive|ussion)? organ\b"),
    (Family.OTHER, r"\bbass? ?(clarin|klarin|trombo|trumpet|posaun|tuba|flute|flote|fluit|sax|saks|oboe|basun|organ)"),
    (Family.OTHER, r"\bbass (voices?|vocals?|singer)\b|\bbassett?\b"),
    (Family.OTHER, r"\b(clarin|klarin|tromb|flaut|flute|tuba|sax|fagot)\w* (bass[aoe]|basse|bajo|baixo)\b"),
    (Family.OTHER, r"\bбас\w* ?(кларн|тромб|туба|флеит|саксо)|(кларнет|тромбон|туба|флеита|саксофон) бас\b"),
    (Family.PERCUSSION, r"\b(steel|tongue|hang|hand|frame|log|conga|bongo|kettle|talking) ?(drums?|pans?)\b"),
    (
        Family.BASS,
        r"\b(tb )?303\b|\b(808|909) (bass|subs?)\b|\bbass (808|909)\b"
        r"|\b(gitar[ar]?|chitara|guitarra|kytara|kitara|κιθαρα) bas\b",
    ),
    (
        Family.BASS,
        r"\bbas(s|so|sa|ov[ay]|owa|ova|ove|sgus)? ?(gitar|guitar|gtr|kytar|kitar)|\bбас(ов\w+)? ?(гита|гіта|кита)",
    ),
    (Family.BASS, r"低音(吉他|結他|结他)|(贝斯|貝斯|贝司|貝司|베이스) ?(吉他|結他|기타)"),
    (Family.DRUMS, r"\b(tr|cr|lm|dmx|linn) ?(808|909|707|727|606|78|1|2)\b|\b(808|909|707|606)\b"),
    (Family.DRUMS, r"\b(?<!heart )(?<!off )(?<!down )(?<!up )beats?( \d+)?( bpm)?( \d+)?$|\bamen break"),
    (Family.PIANO, r"\bcp 80\b"),
)

DOUBLE_BASS = """
        contra_bass kontra_bass* contrebass* contrabass* contrabaj* contrabaix* contrabbass* kontrabas* kontrobas*
        contrabas double_bass double_basses string_bass* nagybőgő* bőgő контрабас* κοντραμπάσο קונטרבס كونترباص
        コントラバス 低音提琴 倍大提琴 大贝斯 콘트라베이스 더블베이스 콘트라 violone
"""  # strings, but jazz has it as bass

HARPSICHORD = """
        harpsichord* cembal* clavicembal* clavecin* clavicord* klavecimbel spinett* virginal* klawesyn клавесин*
        чембало csembaló τσέμπαλο チェンバロ ハープシコード 羽管键琴 大键琴 大鍵琴 하프시코드
"""

ORGAN = """
        organ organs organo organi organum *orgel rock_organ* church_organ* jazz_organ* pipe_organ* e_organ*
        kirchenorg* drawbar* orgue* órgão* orgão varhany* varhan* orgona* urut org orga орган όργανο עוגב أورغن
        أورج オルガン 管风琴 管風琴 风琴 風琴 오르간 hammond* harmonium*
"""

# Tried in this order; the first that has a word of the name decides. Names that hold another instrument's name
# ("steel drum", "contrabass") stand before it.
WORDS: tuple[tuple[Family, str], ...] = (
    (Family.OTHER, """
        bassoon* contra_bassoon* double_bassoon* fagot* kontrafagot* basson bassons фагот* φαγκότο ファゴット
        バスーン 巴松 大管 바순 brass 金管 *blaser blech bläch* cuivre* metales metais ottoni mosaz žestě* dechy
        dęte blasinstrument* messing* медные духов* ブラス 铜管 銅管 木管 금관 목관 관악 低音号 低音號 低音单簧管
        低音單簧管 低音长号 低音長號 低音大管"""),
    (Family.OTHER, HARPSICHORD),
    (Family.OTHER, """
        harp harps harpe harper harfe* harfa* harpa harpan arpa arpas arpe hárfa harppu арфа арфи арфы άρπα נבל
        ハープ 竖琴 豎琴 하프"""),
    (Family.PERCUSSION, """
        taiko* 太鼓 timp timpan* *timbal* pauk* tympan* kotły* üstdob* patarum* литавр* тимпан* ティンパニ 定音鼓
        팀파니 手鼓 钢鼓 鋼鼓 康加鼓 邦戈鼓 邦加鼓 非洲鼓 铃鼓 鈴鼓 腰鼓 木鱼 木魚 handpan* djembe* tabla tablas
        cajon*"""),
    (Family.DRUMS, """
        *drum* h_h o_h dram schlagz batt caja doboš* 탐 ντραμ طبلة الدرامز tom_basse kick kicks kck* kik kicken
        snare* hi_hat* hihat* hh cymbal* cymb toms floor_tom rack_tom dr drs drms drm drumz kit kits rim_shot*
        rimshot* side_stick* sidestick* cross_stick* overhead* bass_drum* breakbeat* break_beat* batteri batteria
        batterie baterie batería bateria bateri baterija schlagzeug* trommel* trommeln trommer trommes* trommur
        trummor trumset* trumma trummid trummi slagtøj drumstel trommels grosse_caisse caisse_claire charleston
        charley bombo tarola redoblante platillo* tambor tambores tambour tambours tamburo tamburi rullante cassa
        grancassa gran_cassa piatti caixa bumbo chimbal pratos prato perkusja bębn* werbel* stopa talerz* bicí
        bicie bubny bubnjevi bobni tobe tobă toba dob dobok dobfelszerel* dobszerk* cintányér* rummut rumpu
        rumpusetti virveli bungas būgnai davul daulle trampet becken činel* činely ударн* барабан* бочка тарелки
        тарелка хэт хай_хэт хет малый_барабан бубњеви бубань бубни бубен тупан ντραμς τύμπανα τύμπανο ταμπούρο
        תופים תוף מערכת_תופים درامز درامس طبول طبل الطبول درام ड्रम* ढोल กลอง trống ドラム ドラムス スネア
        ハイハット バスドラ シンバル キック タム リズム隊 鼓 架子鼓 军鼓 軍鼓 镲 鑔 踩镲 底鼓 드럼 스네어 킥 하이햇
        심벌"""),
    (Family.PERCUSSION, """
        perc percs percuție triangel* percus percussion* percusion* percusión* percussão percussie percussione*
        percussioni perkussion* perkussio* perkusie perkuse perkusjonal* perkusyon* perkusjon* perkusij* perkusi
        slagwerk slagverk schlagwerk udaraljke tolkala ütős* ütőhang* lyömäsoit* löökpill* slagverk* vurmalı*
        перкус* ударные_инструмент* κρουστά כלי_הקשה إيقاع bongo* conga* shaker* tambourin* tamburin* pandeiro*
        pandereta* surdo* triangle* triangul* triángulo cowbell* cow_bell* clap claps hand_clap* handclap*
        finger_snap* snaps maraca* guiro* güiro* cabasa* agogo* castanet* castañuel* kastagnet* claves wood_block*
        woodblock* temple_block* vibraslap* gong gongs tam_tam* darbuk* darabuk* wind_chime* bell_tree*
        パーカッション 打楽器 タンバリン シェイカー コンガ ボンゴ カウベル 打击乐 打擊樂 打击樂器 沙锤 沙槌 三角铁
        三角鐵 响板 퍼커션 타악기 쉐이커 탬버린"""),
    (Family.PIANO, """
        *piano* pno concert_grand cp_70 фортепьяно pianino* pf klavier* flügel flygel* flyygeli claviature rhodes
        rhds wurlitzer* wurli ep e_p clavinet* clav steinway* bösendorfer* bechstein* honky_tonk* fortepian*
        fortepijon* pianin* klavír* klawisz* klaver klaveret klavieres glasovir* zongora* piyano* pian пианино
        піаніно пиано рояль фортепиано фортепіано ф_но фно клавир* пианото πιάνο πιανο פסנתר* بيانو البيانو پیانو
        पियानो เปียโน dương_cầm ピアノ エレピ 钢琴 鋼琴 电钢* 電鋼* 피아노"""),
    (Family.STRINGS, DOUBLE_BASS),
    (Family.BASS, """
        *bass bs basa باص fretless basses basse bassline* bassi basso bass_gtr bass_guit* bassgit* bajo bajos baixo
        baixos bas basgit* baskit* elbas elbass basy basová basowa basszus* basszgit* bassokit* basskit* bas_gitar*
        sub_bass* subbass* reese bassline бас басс баса басы басов* бас_гит* μπάσο בס באס גיטרת_בס باس بيس بایس เบส
        เบสส์ ベース 贝斯 貝斯 贝司 貝司 低音贝 베이스"""),
    (Family.GUITAR, """
        *guitar* *gitarr* chit_ac* chit_el* *kitara *гитара *гітара กีต้าร์ gtr gtrs gt gts guit nylon egtr* agtr*
        elgit* eguit* aguit* gitar* gitaar* gitár* *gitaar *gitar kitara* kitarr* kytar* gítar* ģitār* chitar*
        violão violões viola_caipira cavaquinho ukulele* uke mandolin* stratocaster* strat telecaster* les_paul
        lespaul strum strums strumming гитар* гітар* китар* κιθάρ* גיטרה גיטרות جيتار غيتار قيثارة الجيتار گیتار
        غيتارة गिटार* กีตาร์ ghi_ta ギター ギタ アコギ エレキ 吉他 結他 结他 木吉 电吉 기타 통기타"""),
    (Family.STRINGS, """
        *violon* *violin* chelo sláčik* viori kontrbas* צ_לו erhu* viola violas viole violen violë viool altviool
        altvioolen *vioară vioară* violă cello* celli *cello *celli cellos chello* sello sellot fiddle* fiðla
        geige* bratsch* bratsj* altfiol* fiol fioler fiolin* alto_a_cordes altos_a_cordes str strs strg strgs
        string strings streicher* streichorch* cordes cordas cuerdas corda archi arcos cuerda corzi coarde
        strijkers strijk* strykere stryk* strygere stryg* stråkar stråk* smyčc* smyczk* vonós* jousi* jouset
        keelpill* gudač* godal* yaylı yaylılar yaylilar vln vlns vns vla vlas vlc vc vcl vcs pizz* spicc* housle*
        husle* skrzypc* altówk* wiolonczel* hegedű* brácsa* cselló* gordonka viulu* alttoviulu* viiul* vijol*
        smuik* čello* čelo keman* viyola* viyolon* violí* biolin* скрипк* скрипок альт альты віолончел* виолончел*
        струнн* смычк* цигулк* цигулки виолин* виола виоли віола челo челло чело гудачи βιολί βιολιά βιόλα βιόλες
        τσέλο βιολοντσέλο έγχορδα כינור כינורות ויולה צ׳לו צלו מיתרים כלי_קשת كمان الكمان كمنجة فيولا تشيلو تشلو
        وتريات वायलिन ไวโอลิน เชลโล เครื่องสาย ストリング バイオリン ヴァイオリン ビオラ ヴィオラ チェロ 弦 小提琴
        中提琴 大提琴 提琴 弦乐 弦樂 二胡 바이올린 비올라 첼로 현악 스트링"""),
    (Family.OTHER, ORGAN),
    (Family.OTHER, """
        leslie *flute* *flöte* *flauta* *flaut* flöt flöj* fløyte* fløjte* fluit* flétn* flet flety fuvola* huilu*
        флейт* φλάουτ* חליל* فلوت ناي フルート 笛 长笛 長笛 플루트 플룻 piccolo* pikkolo* sax* saks* szaksofon*
        *saxofon* саксофон* сакс σαξόφων* סקסופון ساكسفون サックス 萨克斯 薩克斯 색소폰 *clarinet* *klarin* klarn*
        clarin* кларнет* κλαρινέτ* קלרינט كلارينيت クラリネット 单簧管 單簧管 클라리넷 oboe* oboi oboj* hautbois*
        hobo hobos гобой* гобои 双簧管 雙簧管 오보에 オーボエ recorder* blockfl* bansuri shakuhachi ocarina* 尺八
        *trump* *trompet* tromba trombe trąbk* trubk* труба трубы τρομπέτ* חצוצרה ترومبيت トランペット 小号 小號
        트럼펫 bugle* cornet* kornet* flugelhorn* flügelhorn* *trombon* *posaun* puzon* pozoun* basun* pasuuna*
        harsona* тромбон* τρομπόν* טרומבון トロンボーン 长号 長號 트롬본 *horn *horns horn* cors cor corno corni
        *trompa* *trompas róg waltorni* käyrätorv* kürt válthor* valthorn* валторн* κόρνο ホルン 圆号 圓號 法国号
        法國號 호른 tuba tubas tuben туба тубы チューバ 大号 大號 튜바 euphonium* sousaphon* choir* choeur* chœur*
        *chor choer choro coro coros coral corale koor kör chór chóry sbor kórus* kuoro хор хоры χορωδία מקהלה
        كورال 合唱 コーラス 코러스 합창 *vokal* voz voces vozes voce voci bgv bgvs bvs gesang* *singstimme
        *kopfstimme chant canto sång sang zang śpiew* zpěv* ének* laulu вокал* голос голоса φωνή φωνές שירה صوت
        ボーカル ヴォーカル 人声 人聲 主唱 보컬 soprano* sopran tenor* tenore baritono bariton* baryton* mezzo*
        accord?* accordion* accordeon* accordéon* akkordeon* acordeon* acordeón* acordeão* akordeon* harmonika*
        fisarmonic* harmonijk* dragspel* trekkspill* баян* аккордеон* акордеон* гармонь アコーディオン 手风琴
        手風琴 아코디언 bandoneon* harmonica* mundharm* armonica* melodica* ハーモニカ celest* glocken* glock
        vibra* vibes vibrafon* ヴィブラフォン ビブラフォン 颤音琴 marimba* マリンバ xylo* xilo* ksylo* ксилофон*
        木琴 자일로폰 철금 鉄琴 钟琴 *bells *bell campan* carillon* cloches glocke* колокол* music_box* kalimba*
        banjo* sitar* koto shamisen* 三味線 古筝 古箏 琵琶 箏 bagpipe* whistle* panflute* pan_flute* theremin*
        didger* bouzouki* balalaika* балалайк* saz bağlama* oud ney zurna woodwind* wood_wind* winds legni madeiras
        bois holz stab stabs orch_hit* orchestra_hit* mellotron*"""),
)  # fmt: skip

# Tried after all others: they tell a sound or a part rather than an instrument.
LOOSE: tuple[tuple[Family, str], ...] = (
    (Family.OTHER, """
        synth* syn juno jupiter_8 prophet_5 dx_7 jp_8000 ms_20 sh_101 b_3 voice voices voix vocal* vox synt* sint*
        syntez* moog* синт* συνθεσ* シンセ 合成器 신스 신디 polysynth*"""),
    (Family.PIANO, """
        keys keyboard* klavye* 키보드 keyb kbd kybd keybd tastiera* tastiere tastatur* teclado* teclat claviers
        clavier toetsen klávesy klavesy klavijatur* billentyű* koskettim* kosketinsoit* claviaturi клавиш* клавіш*
        клавиат* πλήκτρα קלידים كيبورد キーボード 鍵盤 键盘 건반"""),
    (Family.OTHER, """
        pad pads パッド 패드 lead leads リード 리드 arp arps arpeggio* arpeggiator* pluck plucks plucked fx sfx
        noise noises riser* sweep sweeps"""),
)  # fmt: skip

# Short words that say something only where nothing but their like and neutral words stand beside them.
ALONE: tuple[tuple[Family, str], ...] = (
    (Family.DRUMS, """
        bd sd kd snr sn hat hats chh ohh hhc hho oh ohs ride rides crash crashes splash china cym cyms tom toms
        beat beats amen kick kicks kck kik snare snares hh rim dr drs kit stopa werbel"""),
    (Family.PERCUSSION, "clave clp tamb tambo shkr"),
    (Family.BASS, "sub subs"),
    (Family.GUITAR, "tele dist lp"),
    (Family.STRINGS, "cb vl va vn vni vle"),
    (Family.PIANO, "upright grand"),
    (Family.OTHER, """
        fl fls ob obs cl cls clar fg bsn bn hn hns hrn cor tpt tp trp tbn tbns trb picc eh bcl asax tsax bsax sop
        bari"""),
)  # fmt: skip
NEUTRAL = """
        a b c d f l m r s t v x i ii iii iv vi track tracks trk midi channel part left right center centre main
        loop loops dry wet di bus in out top bottom btm bot close room mic mics mono stereo copy new old hi lo low
        mid high up down open closed opened half pedal edge bell tip bow sample samples layer bpm group grp sum aux
        stem the floor rack ghost soft hard trig trigger std standard vintage rock jazz house techno trap hip hop
        hiphop pop funk funky disco latin brush power electronic electro analog real live dub min max one two bb eb
        ab db
"""
# A pianist's hands: they name no instrument, but as good as.
HANDS = (
    r"(piano |pno )?("
    r"[rlmd] ?h|m ?[dgs]|r|l|(right|left) ?(hand)?|(rechte|linke) ?hand|main (droite|gauche)"
    r"|mano (destra|sinistra|derecha|izquierda)|mao (direita|esquerda)|右手|左手|(правая|левая)( рука)?"
    r")( \d)?"
)
