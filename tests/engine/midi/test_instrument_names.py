"""Names of instruments: in many languages, in short and in the habits of sequencers; their false friends."""

from __future__ import annotations

import pytest

from duv_studio.engine.midi.instrument_names import family_of_name, is_double_bass, is_hand, is_loose
from duv_studio.engine.midi.song import Family

NAMES = {
    Family.PIANO: """
        Rhds | CP80 | Steinway | Upright | Piano, RH | Pianoforte | Tastiera | Claviers | Teclado | Keys | EP |
        E.P. | Klavir | Klavír | Zongora | Fortepian | Pianino | Фортепиано | Рояль | Пианино | πιάνο | פסנתר |
        بيانو | 钢琴 | 鋼琴 | 피아노 | ピアノ | エレピ | Soft Keys | Wurli | Keyboard 2 | キーボード | 건반 |
        Клавишные | Klawisze | Grand | Honky-Tonk | Flygel | Piyano | Rhodes Mk1 | Pno | Klaver | 键盘 | 电钢琴 |
        Piano | PIANO 1 | Pno. | Pf | Pf. | Grand Piano | Concert Grand | Steinway D | Upright Piano | E-Piano |
        E.Piano | EPiano | Epiano 2 | EP1 | El Piano | Rhodes | Wurlitzer | CP-80 | CP70 | Clav | Clavinet |
        Keyboard | Keyboards | Kbd | Keys L | Honky Tonk | Klavier | Klavier rechts | Flügel | Piano droit |
        Tastiere | Teclados | Piano eléctrico | Clavier | Toetsen | Piano LH | Piano RH | Klávesy | Pian | Клавиши |
        Фортепьяно | Ф-но | Ф-но л.р. | Фортепіано | Піаніно | Пиано | Клавир | קלידים | เปียโน | 大钢琴 |
        钢琴右手 | グランドピアノ | 鍵盤 | ピアノ右手 | 키보드 | 일렉피아노 | Klavye | Flyygeli | Koskettimet |
        Klavieres | Pianinas | Dương cầm | पियानो""",
    Family.GUITAR: """
        Chitarra | Violão | Gitaar | Гитара | 吉他 | Strat DI | Les Paul | EGuitar L | Guitare | Gitarr | Guitarra |
        Gitara | Kytara | Kitara | Kitarr | Gitár | Gítar | Гітара | κιθάρα | גיטרה | جيتار | 기타 | E Gtr | Gtr L |
        Rhythm Gtr | Gtr 2 R | AcGtr | GtrL | Ukulele | アコギ | エレキギター | 電吉他 | 木吉他 | 結他 | Китара |
        กีตาร์ | Lead Gtr | Tele | Chitarra ritmica | Akustik Gitar | Elektro Gitar | Dist Gtr | Guit. 2 |
        Viola caipira | Tom's Guitar | Chitare | E-gitarre | Guitar | GTR | Gtr1 | Gtr_L | Gtr R | GT | Gt 1 | Gt. |
        Guit | E-Gtr | EGtr | E Guitar | El. Gtr | Elec Gtr | Electric Guitar | Clean Gtr | OD Gtr | Crunch Gtr |
        Ld Gtr | Rhy Gtr | Rhythm Guitar | R.Gtr | Acoustic Gtr | Ac Gtr | A.Gtr | AGtr | Nylon | Nylon Gtr |
        Steel Gtr | 12-String Gtr | 12 String Guitar | Strat | Telecaster | Stratocaster | LP | Gitarre |
        E-Gitarre | Akustikgitarre | Westerngitarre | Gitarre links | Gitarren | Guitare acoustique | Guitare élec |
        Guitares | Chitarre | Chitarra elettrica | Chit. acustica | Guitarra eléctrica | Guitarra acústica |
        Violões | Guitarra base | Guitarra distorção | Elgitarr | Akustisk gitarr | Gitar | Elgitar | El-gitar |
        Guitar akustisk | Sähkökitara | Akustinen kitara | Ģitāra | Gitara elektryczna | Gitara akustyczna |
        Elektrická kytara | Gitara solo | Elektromos gitár | Szólógitár | Chitară | Chitara electrica |
        Электрогитара | Эл. гитара | Акустическая гитара | Соло-гитара | Ритм гитара | Електрогітара | Гитаре |
        Ηλεκτρική κιθάρα | גיטרה חשמלית | غيتار | جيتار كهربائي | گیتار | กีต้าร์ | गिटार | 电吉他 | 主音吉他 |
        节奏吉他 | 古典吉他 | 電結他 | 吉他L | ギター | アコースティックギター | Aギター | リードギター |
        クラシックギター | 일렉기타 | 어쿠스틱 기타 | 통기타 | 리드 기타 | ghi ta | Đàn ghi ta | Gitar Melodi |
        Elektro gitar | Akustik gitar | Klasik gitar | Mandolin | Mandoline | Mandolino | Cavaquinho""",
    Family.BASS: """
        Basso | Baixo | Бас | 贝斯 | Sub | P-Bass | Bas | Basgitaar | Bas gitar | Gitara basowa | Basová kytara |
        Basová gitara | Бас-гитара | Бас гітара | Basszusgitár | Bassokitara | Elbas | El-bas | μπάσο | בס | باس |
        ベース | 베이스 | 베이스 기타 | 低音吉他 | Bass 808 | 808 Bass | Sub Bass | TB-303 | Chitara bas | Basse |
        Bajo | Bass-gitara | Moog Bass | Bassline 3 | Synth Bass | E-Bass | 貝斯 | เบส | Басовая гитара | Басс |
        Slap Bass | Electric bass fingered | Jazz Bass | BASS | Bass DI | Bass Amp | BassGtr | Bass Gtr | Bs | Bs. |
        Bass Gt. | Elektrobass | E.Bs | Basová | Basa | Basgitara | Gitara basowa elektryczna | Bas elektryczny |
        Бас гитара | бас1 | Bas gitara | Basgitár | Basszus | Basso elettrico | Basso el. | Bajo 1 |
        Bajo eléctrico | Baixo elétrico | Basse électrique | Bass synthé | Basse slap | ベースギター |
        エレキベース | シンセベース | 电贝斯 | 電貝斯 | 低音贝斯 | 베이스기타 | 신스 베이스 | גיטרה בס | باص |
        جيتار بيس | ηλεκτρικό μπάσο | Elbass | SubBass | Reese | Reese Bass | Wobble Bass | TB303 | 303 | Acid 303 |
        Fingered Bass | Fretless | Slap Bs | Picked Bass | P Bass | J-Bass | Precision Bass | Moog bass |
        Synth Bass 1 | SynBass | Syn Bass | Low Bass | Bass Line | Bassline | Upright Bass | Acoustic Bass |
        Ac. Bass | Bass guitar""",
    Family.STRINGS: """
        Contrabbassi | Viole | Cordas | Strijkers | Скрипка | 小提琴 | Cb | Cb. | Vla | Vln I | Vc. | Violoni |
        Celli | Solo Cello | Strings Legato | Cordes | Violín | Violino | Violini I | Archi | Stråkar | Strykere |
        Smyčce | Smyczki | Skrzypce | Housle | Hegedű | Brácsa | Cselló | Nagybőgő | Viulu | Sello | Jousitus |
        Keman | Yaylılar | βιολί | Βιόλα | Τσέλο | Έγχορδα | כינור | كمان | Альт | Виолончель | Контрабас |
        Струнные | Скрипки | Скрипка I | Цигулка | 中提琴 | 大提琴 | 低音提琴 | 弦乐 | 바이올린 | 비올라 | 첼로 |
        스트링 | 현악 | ヴィオラ | Fiolin | Bratsj | Fiol | Altviool | Viool | Vioară | Coarde | Altówka |
        Wiolonczela | Kontrabas | Double Bass | String Bass | Pizz | Violin 1 | Contrabaixo | Contrabajo |
        violoncelle | Vni | Vl. | Strings | Str | Str. | Strs | STRINGS 2 | String Ensemble | Strings Ens |
        Legato Strings | Spiccato | Spicc Strings | Pizzicato | Vln | Vln1 | Vl 1 | Vl. I | Vni I | Vn | Violins |
        Violini | Violini II | 1st Violin | Vlas | Va. | Violas | Vcl | Vc | Cello | Cellos | Violoncelli |
        Violoncello | Violoncelle | Violoncelo | Contrabass | Contrabasses | Kontrabass | Contrebasse |
        Contrabbasso | Contrabajos | Violine | Violinen | Geige | Geigen | Bratsche | Bratschen | Streicher |
        Streichorchester | Violons | Violon 1 | Cuerdas | Cuerda | Violines | Chelo | Violonchelo | Arcos | Violen |
        Altfiol | Fioler | Strygere | Violiner | Viulut | Alttoviulu | Jouset | Jousisoittimet | Viola | Husle |
        Sláčiky | Violončelo | Vonósok | Viori | Corzi | Violoncel | Альты | Виолончели | Контрабасы |
        Струнна секція | Скрипка соло | Виолина | Violina | Gudači | Godala | Čelo | βιολιά | τσέλο | צ'לו | ויולה |
        כלי קשת | الكمان | تشيلو | وتريات | ไวโอลิน | 弦樂 | 弦乐组 | 小提琴1 | ストリングス | 弦 | 弦楽器 |
        第1バイオリン | ヴァイオリン | チェロ | コントラバス | 콘트라베이스 | Viyola | Çello | Kontrbas | Fiddle |
        Vijole | Smuikas | Viiul | Erhu | 二胡""",
    Family.DRUMS: """
        Beat | Kit | 808 | TR-909 | BD | SD | Ударные | Барабаны | 鼓 | 드럼 | Trommeln | Trumset | Perkusja |
        Bębny | Toms | Ride | Crash | OH | Hihat | HH Closed | Snr | Kck | Batteria | Trommer | Drums | Bateria |
        Batería | Bicí | Bubny | Dob | Dobok | Tobe | Rummut | Slagtøj | Trommesæt | ドラムス | 架子鼓 | 爵士鼓 |
        鼓组 | ντραμς | Τύμπανα | תופים | طبول | bass drum | BassDrum 2 | Kick 808 | Ride Bell | Crash L | OH R |
        Sd Top | Rock Kit | beat_120 | House Beat | Amen break | Drum Rack 90bpm | Tom 1 | Low Tom | Hi Tom |
        Floor Tom | Overheads | バスドラム | バスドラ | スネア | 底鼓 | 军鼓 | Bas davul | Гранд барабан |
        Перкусійні ударні | bd_01 | Kik | Snr Btm | Rimshot | Side Stick | Davul | Grosse caisse | Bubnjevi |
        Bobni | Bateri | Бочка | DRUMS | dr1 | Drm | Trommur | 808 Kick | Kick 909 | 킥 | 하이햇 | Drum Kit |
        Drumset | drumkit1 | Drum Loop | DRUM | Kick In | Kick Out | KickDrum | Kicks | Kick_01 | Snare Top |
        Snr Bot | SNR | Clap+Snare | OH L/R | OHs | O/H | Overhead L | HiHat Open | Hat | Hats | HH | H.H. |
        Hi Hats | Open Hat | Closed Hat | Pedal HH | Ride 20 | Ride Cym | Crash 1 | Crash Cymbal | China | Splash |
        Cyms | Cymbals | Rack Tom 1 | Tom Low | FloorTom | Beats | Main Beat | Trap Beat | Drum Bus |
        Drums (EZdrummer) | EZDrummer | Addictive Drums | Superior Drummer | 808s | TR808 | Tr-808 Kit | Linn Drum |
        LinnDrum | LM-1 | Drumcomputer | Schlagzeug 2 | Schlagz. | Drums L | Drum Machine | DrumMachine | Dr. Kit |
        Perkusja 2 | Perkusja elektroniczna | Хай-хэт | Тарелки | Барабан | Ударная установка |
        Барабанная установка | Малый барабан | барабани | ударні | Ударни | Барабанi | Batería acústica |
        Bateria eletrônica | Bombo | Caja | Platillos | Tarola | Batt. | Batterie acoustique | Caisse claire |
        Charley | Cymbale | Grosse Caisse | Tom basse | Trommel | Becken | Kleine Trommel | Große Trommel | HiHats |
        Rullante | Cassa | Gran Cassa | Piatti | Charleston | Bicí souprava | Činely | Rummut 1 | Virveli |
        Trummor | Trumma | Cymbaler | Drumstel | ドラムセット | シンバル | タム | ハイハット | リズム隊 |
        ドラムキット | Dr. | 踩镲 | 嗵鼓 | 大鼓 | 小鼓 | 鼓1 | 电子鼓 | 爵士鼓組 | 鼓組 | 드럼 세트 | 드럼킷 |
        스네어 | 심벌 | 탐 | 킥드럼 | Trampet | Dram | trống | Ντραμς 1 | ντραμ | מערכת תופים | درامز | طبلة |
        الدرامز | กลองชุด | ड्रम | Doboš | Bungas | Būgnai | Trummid | Tobă | Bateria 1""",
    Family.PERCUSSION: """
        Percussie | Percussão | Percussioni | Percusión | Perkussion | перкуссия | 打击乐 | 타악기 | Pauke |
        Литавры | 定音鼓 | 手鼓 | Timbales | Congas | Shaker | Tamb | Cowbell | Hand Claps | Steel Drums | Kotły |
        Κρουστά | Udaraljke | Tolkala | Slagverk | Tabla | Djembe | Cajón | 太鼓 | 康加鼓 | Tímpanos | Patarummut |
        Taiko Drums | Perc | Percs | Perc 1 | Percussion | Percussions | Percussione | Percusion | Perkusie |
        Perkusjonalia | Slagwerk | Lyömäsoittimet | Ütősök | Percuție | Перкуссия | Перкусія | Перкусии | כלי הקשה |
        パーカッション | 打楽器 | 打擊樂 | 퍼커션 | Timpani | Timp | Timp. | Pauken | Timbali | Timbale | Timpan |
        ティンパニ | 팀파니 | Conga | Bongos | Shakers | Tambourine | Tamburin | Pandereta | Pandeiro | Clap |
        Claps | Handclaps | Snaps | Finger Snap | Triangle | Triangel | Guiro | Cabasa | Maracas | Agogo |
        Castanets | Claves | Woodblock | Wood Block | Steel Pan | Taiko | Cajon | Darbuka | Gong | Tam-tam |
        Wind Chimes | Vibraslap | Surdo | Tympány | Üstdob | Hang Drum | コンガ | ボンゴ | タンバリン | 沙锤 |
        三角铁 | 铃鼓 | 탬버린 | 쉐이커""",
    Family.OTHER: """
        Harmonium | Kopfstimme | Moog | Flauto | Флейта | 长笛 | 플루트 | Klarnet | Кларнет | Saksofon | Труба |
        Trąbka | Puzon | Orgona | Орган | Varhany | Bass Clarinet | Basklarinet | Clarinetto basso | Бас-кларнет |
        Bassoon | Fagotto | Blechbläser | Ottoni | Žestě | Cor anglais | Corno | Waldhorn | Voce | Голос | 人声 |
        Coro | Chór | Хор | Fisarmonica | Баян | Akordeon | Arpa | Арфа | 竖琴 | Harpa | Clavecin | Synth | シンセ |
        合成器 | Warm Pad | Lead | Arp | Fl. | Ob. 1 | Cl. in Bb | Hn. 1 | Tpt | Tbn. | Fg | Tuba | Glock | Vibes |
        Xilofono | Ксилофон | Vox | BGVs | Synth Keys | Juno 60 | DX7 | B3 | Hammond | Organo | Órgão | Sax alto |
        Metais | Brass | Bass Trombone | Trombone basso | Soprano | Tenor | Banjo | Sitar | 古筝 | Steel bells |
        低音单簧管 | バスクラリネット | バスーン | Synth Lead | Synth 1 | Syn | Pad | Pads | Lead 2 | Arpeggio |
        Pluck | FX | SFX | Riser | Brass Sect | Horns | Horn Section | Trumpet | Tpt. | Trp 1 | Trombone | Tbn |
        Trombones | Posaune | French Horn | F Horn | Hn | Cor 1 | Corni | Flute | Fl | Flöte | Flûte | Flauta |
        Fluit | フルート | Piccolo | Oboe | Ob. | Hautbois | Гобой | オーボエ | 双簧管 | Clarinet | Clar. |
        Klarinette | Clarinette | Clarinete | クラリネット | Fagott | Fagot | Basson | Фагот | ファゴット | Sax |
        Alto Sax | Tenor Sax | Sax Tenor | Saxophon | Saxofón | Саксофон | サックス | 萨克斯 | 색소폰 | Organ |
        B-3 | Orgel | Orgue | Órgano | オルガン | 管风琴 | 오르간 | Accordion | Akkordeon | Accordéon | Acordeón |
        Аккордеон | Гармонь | アコーディオン | 手风琴 | 아코디언 | Harmonica | Mundharmonika | Harp | Harfe |
        Harpe | ハープ | 하프 | Choir | Chor | Chœur | 合唱 | コーラス | Vocals | Voice | Lead Vocal | Vocal | BGV |
        Voz | Voix | Gesang | Вокал | ボーカル | 보컬 | Glockenspiel | Vibraphone | Marimba | Xylophone | Xylophon |
        Bells | Tubular Bells | Celesta | Music Box | Kalimba | Колокольчики | 木琴 | 鉄琴 | マリンバ | Koto |
        琵琶 | 笛子 | 尺八 | 三味線 | 箏 | Bagpipes | Whistle | Pan Flute | Recorder | Ocarina | Harpsichord |
        Cembalo | Clavicembalo | Клавесин | チェンバロ | Juno-106 | Prophet 5 | Synthesizer | Synthé |
        Sintetizzatore | Sintetizador | Синтезатор | 신디사이저 | Woodwinds | Winds | Holzbläser | Cuivres | Legni |
        金管 | 木管 | 铜管 | Bassklarinette | English Horn | Flugelhorn | Trubka | Trompeta | Trompete | Tromba |
        Trompette | Тромбон | Валторна | Туба""",
}  # fmt: skip
NOTHING = """
        Groove | Rhythm | Ritmica | Kontakt 5 | LH | RH | MG | MD | kitchen | Kitty | Ride the wave | beat it |
        Subaru | Melody | Track 3 | untitled | MIDI 01 | Chorus 2 | Ambassador | Left hand | Solo | Main | Intro |
        train | valid | dev | test | songs | my data | dataset_v2 | Bassano | Kitsune | Cbeebies | Orchard |
        Tomato | Tom Sawyer | Crash into me | Sdcard | Harpoon | Subtle | Ohio | Episode | Piece 3 | Andante |
        Opus 12 | Section | Stringent | Drift | Strato | Hatred | Chat | Beatrice | Alto | Part 1 | A | B | Basel |
        Basil | Basic | Basis | Database | Bastille | Strength | Guthrie | Dobrý den | Drone | Rideau | Cassandra |
        Kornél | Sunrise | Heartbeat | Heart Beat | Take five | Sangria | Corsica | Corinne | Voicemail | Padua |
        Leader | Leading tone | Keystone | Monkeys | Hotkeys | Arpent | Epilogue | Eponymous | Pace | Pfand |
        Strange | Vclav | Violate | Hoboken | Perceval | Perch | Ukraine | Tubman | Melodie | Melodia | Мелодия |
        メロディ | 旋律 | 멜로디 | Track 01 | Piste 2 | Spur 3 | Pista 1 | Дорожка 2 | トラック1 | 音轨 1 |
        Untitled | New Track | MIDI 1 | Channel 5 | Inst 3 | Instrument 1 | Chords | Akkorde | Harmony | Loop |
        Hook | Verse | Chorus | Kontakt | Omnisphere | Serum | Massive | Nexus | Sampler | Right Hand | Left Hand |
        Staff 1 | Kittens | Beat it | Ride on | Ride the lightning | Crash and burn | Subway | Submarine |
        Subtitle | Hatch | Chapter | Tomorrow | Tomas | Ohm | Basement | Basket | Bastard | Organize | Organic |
        Stringer | Flamenco | Flame | Clarity | Violence | Harpy | Padre | Arpad | Trapeze | Gitte | Chit chat |
        Perceive | Tablature | Guess | Timber | Sdk | Bdsm | Padding"""  # fmt: skip


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.replace("\n", " ").split("|")]


@pytest.mark.parametrize("family", NAMES)
def test_an_instrument_is_found_by_its_name(family: Family) -> None:
    names = _split(NAMES[family])
    # In capitals and with a number it is the same; capitals within a word part it, so they would make another word.
    names += [f"  {name.upper()}_2 " for name in names if not any(map(str.isupper, name[1:]))]
    assert {name: family_of_name(name) for name in names if family_of_name(name) is not family} == {}


def test_a_name_without_an_instrument_says_nothing() -> None:
    names = ["", *_split(NOTHING)]
    assert {name: family_of_name(name) for name in names if family_of_name(name) is not None} == {}


@pytest.mark.parametrize(
    "name", ["LH", "RH", "MG", "MD", "Left hand", "Right", "Main droite", "右手", "mano sinistra", "RH1"]
)
def test_the_hands_of_a_pianist(name: str) -> None:
    assert is_hand(name) and not is_hand(f"{name} of God")


def test_some_names_tell_a_part_rather_than_an_instrument() -> None:
    loose = ("Lead 2", "Warm Pad", "Keys", "Vox")
    assert [name for name in (*loose, "Lead Guitar", "Flute", "Track 1") if is_loose(name)] == [*loose]
    assert [n for n in ("Contrabass", "String Bass", "Bass", "Cello") if is_double_bass(n)] == [
        "Contrabass",
        "String Bass",
    ]
